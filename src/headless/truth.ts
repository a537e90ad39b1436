/**
 * True classes of pictures whose labels were kept back, to compare inferred labels with: any table or list that gives
 * labels to pictures (a CSV of "path,class", however it was saved).
 */
import { readFileSync } from 'node:fs';
import { folded } from '../data/reading/folderNames';
import { readLabelFile } from '../data/reading/labelFiles';
import { PathIndex } from '../data/reading/pathIndex';
import { StudioError } from '../shared/errors';
import { UNLABELED } from '../shared/domain';
import type { ImportItem } from '../session/protocol/commands';

export interface Truth {
  /** One line for a person. @param items the decoded images, in order */
  compare(items: readonly ImportItem[], inferred: { inferred: Int32Array; trust: Float32Array }): string;
}

function share(right: number, count: number): string {
  return count === 0 ? 'none' : `${((100 * right) / count).toFixed(1)}% of ${count}`;
}

/**
 * Class of each of the paths that the file names.
 * @param classes known ones: another spelling of them is taken for them
 * @throws StudioError `format` where the file gives no class to any of them
 */
export function readTrueClasses(
  file: string,
  paths: readonly string[],
  classes: readonly string[] = [],
): Map<string, string> {
  const index = new PathIndex(paths);
  const name = file.slice(file.search(/[^/\\]*$/));
  const { rows, problem } = readLabelFile(name, readFileSync(file), index);
  const known = new Map(classes.map((each) => [folded(each), each]));
  const found = new Map<string, string>();
  for (const { key, label } of rows) {
    const place = index.find(key);
    if (label === null || place === null || place === 'ambiguous') continue;
    found.set(paths[place.index] ?? '', known.get(folded(label)) ?? label);
  }
  if (found.size > 0) return found;
  throw new StudioError({
    code: 'format',
    what: `${name} gives a class to none of the pictures.`,
    why: problem ? `About the file: ${problem}.` : 'No row of it names a picture of the folder.',
    action: 'Give a table with a column "path" and a column "class".',
  });
}

export function readTruth(file: string, paths: readonly string[], classes: readonly string[]): Truth {
  const classOf = readTrueClasses(file, paths, classes);
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
