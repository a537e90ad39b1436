/**
 * A reading after its pictures were decoded: what cannot be decoded counts no more, and is said where it hurts: a class
 * of which nothing is left stops training with its reason. The same picture in two places is said, too; pictures are
 * compared by the hash of their files.
 */
import { UNLABELED } from '../shared/domain';
import type { FolderReading } from './interpret';
import { duplicateWarnings, sentenceOf, unreadableWarnings, warningsOf, type ReadingWarning } from './readingWarnings';

/** What decoding found out. */
export interface Decoded {
  broken: readonly { path: string; reason: string }[];
  /** Class of each picture that decoded, -1 without one. */
  labels: readonly number[];
  /** SHA-256 of each of these; empty where nobody knows. */
  hashes: readonly string[];
}

export interface RenewedReading {
  labeledPerClass: number[];
  unlabeledCount: number;
  ignored: FolderReading['ignored'];
  sentence: string;
  warnings: ReadingWarning[];
}

export interface DuplicateCounts {
  /** Pictures beyond the first of their kind. */
  extra: number;
  /** Kinds that are in more than one class. */
  contradicting: number;
  /** Unlabeled pictures that are in a class, too. */
  alsoLabeled: number;
}

export function countDuplicates(labels: readonly number[], hashes: readonly string[]): DuplicateCounts {
  const kinds = new Map<string, number[]>();
  hashes.forEach((hash, at) => {
    const list = kinds.get(hash);
    if (list) list.push(labels[at] ?? UNLABELED);
    else kinds.set(hash, [labels[at] ?? UNLABELED]);
  });
  const counts = { extra: 0, contradicting: 0, alsoLabeled: 0 };
  for (const kind of kinds.values()) {
    if (kind.length < 2) continue;
    counts.extra += kind.length - 1;
    const classes = new Set(kind.filter((label) => label !== UNLABELED));
    if (classes.size > 1) counts.contradicting += 1;
    if (classes.size > 0) counts.alsoLabeled += kind.filter((label) => label === UNLABELED).length;
  }
  return counts;
}

export function renewReading(reading: FolderReading, decoded: Decoded): RenewedReading {
  const labeledPerClass = reading.classes.map(() => 0);
  let unlabeledCount = 0;
  for (const label of decoded.labels) {
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
    ...duplicateWarnings(countDuplicates(decoded.labels, decoded.hashes)),
  ];
  return { labeledPerClass, unlabeledCount, ignored, sentence: sentenceOf(counts), warnings };
}
