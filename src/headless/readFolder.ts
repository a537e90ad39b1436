/**
 * A folder or archive on disk as an import command's items: through the same code as a drop on the page, so that both
 * give the same reading.
 */
import { existsSync } from 'node:fs';
import { factsOf } from '../data/facts';
import { filesOfItems } from '../data/imageMap';
import { interpretFolder, type FolderReading, type LabelsFrom } from '../data/interpret';
import { readNodes, type DroppedFile } from '../data/readDrop';
import type { TextEncoding } from '../data/reading/encodings';
import type { Skipped } from '../data/walkTree';
import type { ImportItem } from '../session/protocol/commands';
import { StudioError } from '../shared/errors';
import { diskTree } from './diskTree';

export interface FolderItems {
  reading: FolderReading;
  items: ImportItem[];
}

export interface ReadFolderOptions {
  labelsFrom?: LabelsFrom | undefined;
  encoding?: TextEncoding | undefined;
}

async function filesIn(path: string, encoding: TextEncoding | undefined) {
  if (!existsSync(path))
    throw new StudioError({
      code: 'folder-empty',
      what: `There is no ${path}.`,
      why: '',
      action: 'Give a folder of pictures, or a zip or tar archive.',
    });
  const skipped: Skipped[] = [];
  const decoded: TextEncoding[] = [];
  const files: DroppedFile[] = await readNodes([await diskTree(path)], [], undefined, {
    onSkipped: (each) => void skipped.push(each),
    onDecoded: (each) => void decoded.push(each),
    encoding,
  });
  return { files, skipped, decoded };
}

/** What a person should know of a reading, a line each; what stops training is told by its error. */
export function warningLines({ warnings }: FolderReading): string[] {
  return warnings
    .filter(({ blocking }) => !blocking)
    .map(({ text, why, action }) => `  ${[text, why, action].filter(Boolean).join(' ')}`);
}

/** @param path a folder, or an archive. @throws StudioError where there is nothing at this path */
export async function readFolder(path: string, { labelsFrom, encoding }: ReadFolderOptions = {}): Promise<FolderItems> {
  const { files, skipped, decoded } = await filesIn(path, encoding);
  const facts = await factsOf(files);
  const reading = interpretFolder(
    files.map((file) => file.path),
    { ...facts, skipped, decoded, labelsFrom: labelsFrom ?? 'auto' },
  );
  const items = filesOfItems(files, reading.items).map(({ item: { label }, file }) => ({
    path: file.path,
    label,
    file: file.file,
  }));
  return { reading, items };
}
