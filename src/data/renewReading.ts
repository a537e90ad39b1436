/**
 * A reading after its pictures were decoded: what cannot be decoded counts no more, and is said where it hurts: a class
 * of which nothing is left stops training with its reason. The same picture in two places is said, too; pictures are
 * compared by the hash of their files.
 */
import { UNLABELED, type Duplicates, type Noted } from '../shared/domain';
import type { Matte } from '../shared/matte';
import type { FolderReading } from './interpret';
import { duplicateWarnings, notedWarnings, unreadableWarnings } from './decodedWarnings';
import { sentenceOf, warningsOf, type Counts } from './readingWarnings';
import type { ReadingWarning } from './warningWords';

/** What decoding found out. */
export interface Decoded {
  broken: readonly { path: string; reason: string }[];
  /** Class of each picture that decoded, -1 without one. */
  labels: ArrayLike<number>;
  /** Null where nobody looked. */
  duplicates: Duplicates | null;
  noted?: Noted | undefined;
  /** What transparent parts were laid over; default white. */
  matte?: Matte | undefined;
}

/** What decoding found, which other labels do not change. */
interface Found {
  unreadable: { warning: ReadingWarning; classes: string[] }[];
  duplicates: ReadingWarning[];
  noted: ReadingWarning[];
}

/** A class, so that immer leaves its long lists alone. */
export class RenewedReading {
  readonly labeledPerClass: readonly number[];
  readonly unlabeledCount: number;
  readonly ignored: Counts['ignored'];
  readonly sentence: string;
  readonly warnings: ReadingWarning[];

  constructor(
    private readonly counts: Counts,
    private readonly found: Found,
    unreadable = found.unreadable,
  ) {
    this.labeledPerClass = counts.labeledPerClass;
    this.unlabeledCount = counts.unlabeledCount;
    this.ignored = counts.ignored;
    this.sentence = sentenceOf(counts);
    const lost = unreadable.some(({ classes }) => classes.length > 0);
    this.warnings = [
      ...unreadable.map(({ warning }) => warning),
      ...warningsOf(counts).filter(({ code }) => code !== 'class-without-labels' || !lost),
      ...found.duplicates,
      ...found.noted,
    ];
  }

  /** The same pictures once a person has changed labels: classes and counts are those that they have now. */
  relabeled(labels: Pick<Counts, 'classes' | 'labeledPerClass' | 'unlabeledCount'>): RenewedReading {
    const empty = new Set(labels.classes.filter((_, c) => labels.labeledPerClass[c] === 0));
    // A class whose own pictures could not be read may have got others.
    const unreadable = this.found.unreadable.filter(
      ({ classes }) => classes.length === 0 || classes.some((name) => empty.has(name)),
    );
    return new RenewedReading({ ...this.counts, ...labels }, this.found, unreadable);
  }
}

/** Pictures whose files are equal. @param hashes SHA-256 of each picture's file */
export function findDuplicates(labels: ArrayLike<number>, hashes: readonly string[]): Duplicates {
  const kinds = new Map<string, number[]>();
  hashes.forEach((hash, at) => {
    const list = kinds.get(hash);
    if (list) list.push(at);
    else kinds.set(hash, [at]);
  });
  const found: Duplicates = { copies: [], contradicting: [] };
  for (const kind of kinds.values()) {
    if (kind.length < 2) continue;
    const labeled = kind.filter((at) => labels[at] !== UNLABELED);
    const contradict = new Set(labeled.map((at) => labels[at])).size > 1;
    if (contradict) found.contradicting.push(...labeled);
    const kept = labeled[0] ?? kind[0];
    found.copies.push(...kind.filter((at) => at !== kept && !(contradict && labels[at] !== UNLABELED)));
  }
  return found;
}

export function renewReading(reading: FolderReading, decoded: Decoded): RenewedReading {
  const labeledPerClass = reading.classes.map(() => 0);
  let unlabeledCount = 0;
  for (const label of Array.from(decoded.labels)) {
    if (label === UNLABELED) unlabeledCount += 1;
    else labeledPerClass[label] = (labeledPerClass[label] ?? 0) + 1;
  }
  const ignored = [...reading.ignored, ...decoded.broken];
  return new RenewedReading(
    { classes: reading.classes, notes: reading.notes, labeledPerClass, unlabeledCount, ignored },
    {
      unreadable: unreadableWarnings(reading, labeledPerClass, decoded.broken),
      duplicates: decoded.duplicates ? duplicateWarnings(decoded.duplicates, decoded.labels) : [],
      noted: notedWarnings(decoded.noted ?? {}, decoded.matte),
    },
  );
}
