/**
 * The labels of one run. A run works on those it took in last (`applied`), not on those that a person has typed since:
 * what it knows, its batches and what is saved of it belong together. It takes the newer ones in at its next refresh
 * (docs/method.md, section 3), all at once.
 *
 * What must not change on the way is fixed at the start: which pictures are held out, and all that follows from the
 * number of labels. A run that goes on from what was saved has the same labels at the same iterations as one that was
 * never broken off.
 */
import { countLabels, ignoredOf, labelsOf, type LabelBook } from '../../lcp/labels/labelBook';
import type { ImportedDataset } from '../run/importDataset';

/** A run's labels as they are saved with it. */
export interface SavedLabels {
  /** A code of every picture (`LabelBook.codes`). */
  atStart: Int32Array;
  applied: Int32Array;
  /** What a person had changed by then, taken in or not. */
  changes: { images: Uint32Array; to: Int32Array };
}

/** Without a schedule of their own, newer labels are taken in at each of so many parts of a run. */
const partsOfRun = 10;

export class RunLabels {
  /** The run's own view of the data set: labels, what is left out and the counts are those it has taken in. */
  readonly dataset: ImportedDataset;
  private atStart: Int32Array<ArrayBuffer>;
  private applied: Int32Array<ArrayBuffer>;
  /** A person wants them taken in now. */
  private asked = false;
  /** Codes that could not be taken in: not tried again until something changes. */
  private refused: Int32Array | null = null;

  constructor(
    given: ImportedDataset,
    readonly book: LabelBook,
  ) {
    this.atStart = book.codes();
    this.applied = this.atStart;
    this.dataset = withCodes(given, this.applied);
  }

  /** A code of every picture as the run began with them, and as it works with them now. */
  get codes(): { atStart: Int32Array; applied: Int32Array } {
    return { atStart: this.atStart, applied: this.applied };
  }

  /** Pictures whose label is another than the run works with. */
  get pending(): number {
    return this.applied.reduce((count, code, image) => count + Number(code !== this.book.at(image)), 0);
  }

  /** Take them in before the next iteration. */
  ask(): void {
    this.asked = true;
    this.refused = null;
  }

  /**
   * Whether newer labels are due before this iteration. Where labels, clusters and prompts are gone through anew anyway,
   * that is the time for them.
   */
  isDue(iteration: number, iterations: number): boolean {
    const every = Math.max(1, Math.ceil(iterations / partsOfRun));
    if (!this.asked && (iteration === 0 || iteration % every !== 0)) return false;
    return this.candidate() !== null;
  }

  /** The data set with the newer labels; null where there are none, or where these could not be taken in before. */
  candidate(): { codes: Int32Array<ArrayBuffer>; dataset: ImportedDataset } | null {
    if (this.pending === 0) {
      this.asked = false;
      return null;
    }
    const codes = this.book.codes();
    if (this.refused?.every((code, image) => code === codes[image])) return null;
    return { codes, dataset: withCodes(this.dataset, codes) };
  }

  /** From now on these are the run's. */
  accept(codes: Int32Array<ArrayBuffer>): void {
    this.asked = false;
    this.applied = codes;
    Object.assign(this.dataset, viewOf(this.dataset, codes));
  }

  refuse(codes: Int32Array): void {
    this.asked = false;
    this.refused = codes;
  }

  /** As it stands now; nothing of it changes later. */
  saved(): SavedLabels {
    return { atStart: this.atStart, applied: this.applied, changes: this.book.changes() };
  }

  /**
   * Goes on with the labels of a run that was saved.
   * @returns whether the book takes over what a person had changed: it had no change of its own
   * @throws RangeError where they are not of these pictures and classes
   */
  restore({ atStart, applied, changes }: SavedLabels): boolean {
    for (const codes of [atStart, applied])
      if (codes.length !== this.book.size || codes.some((code) => code >= this.book.classes.length))
        throw new RangeError('the labels that were saved are not those of these pictures');
    this.atStart = Int32Array.from(atStart);
    this.accept(Int32Array.from(applied));
    if (this.book.touched) return false;
    this.book.set(Uint32Array.from(changes.images), Int32Array.from(changes.to));
    return changes.images.length > 0;
  }
}

function viewOf(
  { summary }: Pick<ImportedDataset, 'summary'>,
  codes: Int32Array,
): Pick<ImportedDataset, 'labels' | 'ignored' | 'summary'> {
  const { labeledPerClass, unlabeledCount } = countLabels(codes, summary.classes.length);
  return {
    labels: labelsOf(codes),
    ignored: ignoredOf(codes),
    summary: { ...summary, labeledPerClass, unlabeledCount },
  };
}

function withCodes(dataset: ImportedDataset, codes: Int32Array): ImportedDataset {
  return { ...dataset, ...viewOf(dataset, codes) };
}
