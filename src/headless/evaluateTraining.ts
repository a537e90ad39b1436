/**
 * Measurements while `npm run train` is at work: every so many kimg, beside the training, and once at its end. Their
 * results lie in the export.
 */
import type { Command } from '../session/protocol/commands';
import type { Event } from '../session/protocol/events';
import { describeEvaluation } from '../session/evaluation/evaluationReport';
import { toErrorInfo } from '../shared/errors';
import { defaultNetwork, ensureNetwork } from './evaluateNode';

export interface MetricsOptions {
  samples: number;
  /** 0: only at the end. */
  everyKimg: number;
  network: string | undefined;
  handle: (command: Command) => Promise<unknown>;
}

/** The same at every measurement, so that points of a run differ by its networks alone. */
const seed = 1;

export class TrainingMetrics {
  private next: number;
  private running: Promise<void> | null = null;
  private ids = 1000;
  private kimg = 0;
  private measuredAt: number | null = null;

  constructor(private readonly options: MetricsOptions) {
    this.next = options.everyKimg > 0 ? options.everyKimg : Infinity;
    if (options.network === undefined) ensureNetwork();
  }

  /** Begins a measurement where one is due and none is going on; prints results. */
  onEvent(event: Event): void {
    if (event.type === 'evaluation') {
      this.measuredAt = event.result.kimg;
      const lines = describeEvaluation(event.result);
      // Classes and clusters stand in the export's table; what must be said beside the numbers comes last.
      console.log([...lines.slice(0, 5), lines.at(-1)].map((line) => `measured  ${line}`).join('\n'));
    }
    if (event.type !== 'stats') return;
    const kimg = event.points.at(-1)?.kimg ?? 0;
    this.kimg = kimg;
    if (kimg < this.next || this.running) return;
    this.next = (Math.floor(kimg / this.options.everyKimg) + 1) * this.options.everyKimg;
    this.running = this.evaluate().finally(() => {
      this.running = null;
    });
  }

  /** The measurement at the end, after one that may be going on; none where that was of the end already. */
  async finish(): Promise<void> {
    await this.running;
    if (this.measuredAt !== this.kimg) await this.evaluate();
  }

  private async evaluate(): Promise<void> {
    const { handle, samples, network = defaultNetwork } = this.options;
    try {
      await handle({ type: 'evaluate', id: this.ids++, network: { kind: 'manifest', id: network }, samples, seed });
    } catch (error) {
      // A run is not lost for a measurement.
      const { what, why, action } = toErrorInfo(error);
      console.log(`measured  nothing: ${what} ${why} ${action}`);
    }
  }
}
