/**
 * A reading after its pictures were decoded: what cannot be decoded counts no more, and is said where it hurts: a class
 * of which nothing is left stops training with its reason. The same picture in two places is said, too; pictures are
 * compared by the hash of their files.
 */
import { UNLABELED, type Duplicates } from '../shared/domain';
import type { FolderReading } from './interpret';
import { duplicateWarnings, sentenceOf, unreadableWarnings, warningsOf, type ReadingWarning } from './readingWarnings';

/** What decoding found out. */
export interface Decoded {
  broken: readonly { path: string; reason: string }[];
  /** Class of each picture that decoded, -1 without one. */
  labels: ArrayLike<number>;
  /** Null where nobody looked. */
  duplicates: Duplicates | null;
}

export interface RenewedReading {
  labeledPerClass: number[];
  unlabeledCount: number;
  ignored: FolderReading['ignored'];
  sentence: string;
  warnings: ReadingWarning[];
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
  const counts = { ...reading, labeledPerClass, unlabeledCount, ignored };
  const unreadable = unreadableWarnings(reading, labeledPerClass, decoded.broken);
  const lost = new Set(unreadable.flatMap(({ classes }) => classes));
  const warnings = [
    ...unreadable.map(({ warning }) => warning),
    ...warningsOf(counts).filter(({ code }) => code !== 'small-class' || lost.size === 0),
    ...(decoded.duplicates ? duplicateWarnings(decoded.duplicates, decoded.labels) : []),
  ];
  return { labeledPerClass, unlabeledCount, ignored, sentence: sentenceOf(counts), warnings };
}
