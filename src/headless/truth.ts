/**
 * True classes of pictures whose labels were kept back, to compare inferred labels with: a CSV of "path,class" under a
 * header line.
 */
import { readFileSync } from 'node:fs';
import { UNLABELED } from '../shared/domain';
import type { ImportItem } from '../session/protocol/commands';

export interface Truth {
  /** One line for a person. @param items the decoded images, in order */
  compare(items: readonly ImportItem[], inferred: { inferred: Int32Array; trust: Float32Array }): string;
}

function share(right: number, count: number): string {
  return count === 0 ? 'none' : `${((100 * right) / count).toFixed(1)}% of ${count}`;
}

/** Class of each path. */
export function readTrueClasses(file: string): Map<string, string> {
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(',')), line.slice(line.lastIndexOf(',') + 1)]));
}

export function readTruth(file: string, classes: readonly string[]): Truth {
  const classOf = readTrueClasses(file);
  return {
    compare(items, { inferred, trust }) {
      const unlabeled = items.flatMap((item, image) =>
        item.label === UNLABELED && classOf.has(item.path) ? [{ item, image }] : [],
      );
      const right = unlabeled.filter(({ item, image }) => classes[inferred[image] ?? -1] === classOf.get(item.path));
      const trusted = (list: { image: number }[]): number => list.filter(({ image }) => (trust[image] ?? 0) > 0).length;
      return `right: ${share(right.length, unlabeled.length)} without a label; of the trusted ones ${share(trusted(right), trusted(unlabeled))}`;
    },
  };
}
