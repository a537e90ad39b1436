/** What archives may unpack to, all of a drop together, so that neither nesting nor number makes it more. */
import { StudioError } from '../../shared/errors';
import { zipLimits, type ZipLimits } from '../zipLimits';

export class Budget {
  private bytes = 0;

  constructor(readonly limits: ZipLimits = zipLimits) {}

  /** Counts bytes that were unpacked. @throws StudioError `format` once there are too many */
  spend(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.limits.totalBytes) throw this.exceeded();
  }

  /** What is left, for one zip archive. */
  zipLimits(): ZipLimits {
    return {
      ...this.limits,
      totalBytes: Math.max(0, this.limits.totalBytes - this.bytes),
      spend: (n) => this.spend(n),
    };
  }

  private exceeded(): StudioError {
    const most = this.limits.totalBytes / 2 ** 30;
    return new StudioError({
      code: 'format',
      what: 'The archive could not be opened.',
      why: `Unpacked it takes more than ${most.toLocaleString('en-US')} GiB, which is more than can be held here.`,
      action: 'Unpack it with another program and drop the folder instead.',
    });
  }
}
