/**
 * Keeps what a person changed about the labels of a data set, so that it is there again when the same pictures are
 * opened: by content, in their order, whatever they are called. Classes are kept by name, and come back where the drop does not
 * have them.
 */
import { digestOfPictures } from '../saving/savedRun';
import type { EventPort } from '../ports';
import type { ImportedDataset } from '../run/importDataset';
import { LabelBook } from '../../lcp/labels/labelBook';

export interface KeptLabels {
  classes: string[];
  images: Uint32Array;
  /** A position in `classes`, `UNLABELED` or `IGNORED`, one for each of `images`. */
  to: Int32Array;
}

/** Where changed labels are kept from visit to visit. */
export interface LabelStore {
  /** Null where there is nothing. */
  load(id: string): Promise<KeptLabels | null>;
  save(id: string, labels: KeptLabels): Promise<void>;
}

export interface LabelPort {
  labelStore?: LabelStore;
}

export class LabelKeeper {
  private saving: Promise<void> | null = null;
  private again = false;

  private constructor(
    readonly book: LabelBook,
    readonly id: string,
    private readonly ports: LabelPort & EventPort,
  ) {}

  /**
   * The book of a data set with what was kept about it. A store that cannot be read is as good as none.
   */
  static async open(
    { summary, labels, hashes }: Pick<ImportedDataset, 'summary' | 'labels' | 'hashes'>,
    ports: LabelPort & EventPort,
  ): Promise<LabelKeeper> {
    const id = await digestOfPictures(hashes);
    const book = new LabelBook(summary.classes, labels);
    const kept = await ports.labelStore?.load(id).catch(() => null);
    if (kept) putBack(book, kept);
    return new LabelKeeper(book, id, ports);
  }

  /** Has the present state kept; changes that come while it is being written are written after it. */
  keep(): Promise<void> {
    this.again = true;
    this.saving ??= this.write().finally(() => (this.saving = null));
    return this.saving;
  }

  /** Settles when all changes are kept. */
  async settled(): Promise<void> {
    await this.saving;
  }

  private async write(): Promise<void> {
    while (this.again) {
      this.again = false;
      const { images, to } = this.book.changes();
      try {
        await this.ports.labelStore?.save(this.id, { classes: [...this.book.classes], images, to });
      } catch (error) {
        this.tellTrouble(error instanceof Error ? error.message : String(error));
      }
    }
  }

  private tellTrouble(reason: string): void {
    this.ports.emit({
      type: 'notice',
      tone: 'warning',
      code: 'labels-not-kept',
      text: `Your labels could not be kept in this browser: ${reason}`,
      action: 'They count as long as this page is open. Export them before you close it.',
    });
  }
}

function putBack(book: LabelBook, { classes, images, to }: KeptLabels): void {
  book.addClasses(classes);
  const fits = images.length === to.length && images.every((image) => image < book.size);
  if (!fits) return;
  book.set(
    Uint32Array.from(images),
    to.map((label) => (label < 0 ? label : book.classes.indexOf(classes[label] ?? ''))),
  );
}
