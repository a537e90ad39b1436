/**
 * A folder whose pictures all have a known class, for experiments that keep labels back: the class is the folder's, or,
 * for pictures without a label, that of a truth file ("path,class" under a header line).
 */
import { UNLABELED } from '../shared/domain';
import type { ImportItem } from '../session/protocol/commands';
import { readFolder, type ReadFolderOptions } from './readFolder';
import { readTrueClasses } from './truth';

export interface LabeledFolder {
  classes: string[];
  /** Every item with its true class; pictures whose class nobody knows are left out. */
  items: ImportItem[];
  /** How many were left out. */
  unknown: number;
}

export async function readLabeledFolder(
  folder: string,
  truthFile?: string,
  how: ReadFolderOptions = {},
): Promise<LabeledFolder> {
  const { reading, items } = await readFolder(folder, how);
  const paths = items.map(({ path }) => path);
  const truth =
    truthFile === undefined ? new Map<string, string>() : readTrueClasses(truthFile, paths, reading.classes);
  const labeled = items.map((item) => {
    const known = truth.get(item.path);
    return { ...item, label: known === undefined ? item.label : reading.classes.indexOf(known) };
  });
  const kept = labeled.filter(({ label }) => label !== UNLABELED);
  return { classes: reading.classes, items: kept, unknown: items.length - kept.length };
}
