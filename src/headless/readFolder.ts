/** A folder on disk as an import command's items: the same reading of names as a drop on the page. */
import { openAsBlob, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { filesOfItems } from '../data/imageMap';
import { interpretFolder, type FolderReading } from '../data/interpret';
import type { ImportItem } from '../session/protocol/commands';

export interface FolderItems {
  reading: FolderReading;
  items: ImportItem[];
}

export async function readFolder(folder: string): Promise<FolderItems> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => join(entry.parentPath, entry.name));
  const paths = files.map((file) => relative(folder, file).split(sep).join('/'));
  const reading = interpretFolder(paths);
  const items = await Promise.all(
    filesOfItems(files, reading.items).map(async ({ item: { index, label }, file }) => ({
      path: paths[index] ?? '',
      label,
      file: await openAsBlob(file),
    })),
  );
  return { reading, items };
}
