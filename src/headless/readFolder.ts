/**
 * A folder or archive on disk as an import command's items: through the same code as a drop on the page, so that both
 * give the same reading.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { factsOf } from '../data/facts';
import { filesOfItems } from '../data/imageMap';
import { interpretFolder, type FolderReading, type LabelsFrom } from '../data/interpret';
import { readNodes, type DroppedFile } from '../data/readDrop';
import type { TextEncoding } from '../data/reading/encodings';
import type { Corrections } from '../data/reading/layout';
import { findDuplicates } from '../data/renewReading';
import type { CutNote } from '../data/sheets/cutNote';
import { cutGrids } from '../data/sheets/cutGrids';
import type { CellLayout } from '../data/sheets/cellLayout';
import { largerThan, offerCells } from '../data/sheets/offerCells';
import type { Skipped } from '../data/walkTree';
import type { ImportItem } from '../session/protocol/commands';
import type { Matte } from '../shared/matte';
import { StudioError } from '../shared/errors';
import { UsageError } from './commandLine';
import { diskTree } from './diskTree';
import { nodeSheets } from './nodeSheets';

export interface FolderItems {
  reading: FolderReading;
  items: ImportItem[];
}

/** What the options of the commands say of the reading. */
export interface ReadFolderOptions {
  labelsFrom?: LabelsFrom | undefined;
  /** Of those that tables tell of, the one of which two classes are made. */
  trait?: string | undefined;
  encoding?: TextEncoding | undefined;
  /** Pictures that are larger are sheets, and are cut into cells of this size. */
  cells?: CellLayout | undefined;
  /** As the page's “Leave the copies out”, and “Count them as unlabeled” for those whose labels contradict. */
  leaveOutCopies?: boolean | undefined;
  /** What transparent parts are laid over once the pictures are decoded; default white. */
  matte?: Matte | undefined;
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
  const cut: CutNote[] = [];
  const files: DroppedFile[] = await readNodes([await diskTree(path)], [], undefined, {
    onSkipped: (each) => void skipped.push(each),
    onDecoded: (each) => void decoded.push(each),
    onCut: (each) => void cut.push(each),
    cutter: nodeSheets(),
    encoding,
  });
  return { files, skipped, decoded, cut };
}

/** What a person should know of a reading, a line each; what stops training is told by its error. */
export function warningLines({ warnings }: FolderReading): string[] {
  return warnings
    .filter(({ blocking }) => !blocking)
    .map(({ text, why, action }) => `  ${[text, why, action].filter(Boolean).join(' ')}`);
}

/** What becomes of pictures whose files are equal. Only files of one size are read to be compared. */
async function withoutCopies(files: readonly DroppedFile[], { items }: FolderReading): Promise<Corrections> {
  const sizes = new Map<number, number>();
  const pictures = filesOfItems(files, items).map((each) => each.file);
  for (const { file } of pictures) sizes.set(file.size, (sizes.get(file.size) ?? 0) + 1);
  const hashes: string[] = [];
  for (const { file } of pictures)
    hashes.push(
      (sizes.get(file.size) ?? 0) > 1
        ? createHash('sha256')
            .update(new Uint8Array(await file.arrayBuffer()))
            .digest('hex')
        : `alone ${hashes.length}`,
    );
  const labels = items.map(({ label }) => label);
  const { copies, contradicting } = findDuplicates(labels, hashes);
  const pathOf = (at: number): string => pictures[at]?.path ?? '';
  const corrections: Record<string, Corrections[string]> = {};
  for (const at of copies) corrections[pathOf(at)] = { as: 'ignored' };
  // One of them stays, without a label; the others are copies of it.
  const kept = new Set<string>();
  for (const at of contradicting) {
    const hash = hashes[at] ?? '';
    corrections[pathOf(at)] = kept.has(hash) ? { as: 'ignored' } : { as: 'unlabeled' };
    kept.add(hash);
  }
  return corrections;
}

type Found = Awaited<ReturnType<typeof filesIn>>;

/** What is known of the files, sheets cut where a person said how, else looked for. */
async function known({ files, skipped, decoded, cut }: Found, cells: CellLayout | undefined) {
  const facts = await factsOf(files);
  if (!cells) {
    const sheets = await offerCells(files, facts.verdicts, nodeSheets());
    return { files, how: { ...facts, skipped, decoded, cut, sheets } };
  }
  const done = await cutGrids(files, facts, await largerThan(cells, files, facts.verdicts), cells, nodeSheets());
  const { verdicts, labelFiles } = done;
  const also = { skipped: [...skipped, ...done.skipped], cut: [...cut, ...done.cut] };
  return { files: done.files, how: { verdicts, labelFiles, decoded, ...also } };
}

/** Traits that are named where another one was asked for. */
const traitsNamed = 12;

/** @throws UsageError where no table has the trait that was asked for */
function checkTrait(wanted: string | undefined, { notes: { traits } }: FolderReading): void {
  if (wanted === undefined || (traits?.chosen ?? null) !== null) return;
  const listed = traits?.traits.map(({ name }) => `"${name}"`) ?? [];
  const more = listed.length > traitsNamed ? ` and ${listed.length - traitsNamed} more` : '';
  throw new UsageError(
    listed.length === 0
      ? `--trait "${wanted}": no table here says of traits which pictures have them.`
      : `--trait "${wanted}": no table here has this trait; there are ${listed.slice(0, traitsNamed).join(', ')}${more}.`,
  );
}

/**
 * @param path a folder, or an archive. @throws StudioError where there is nothing at this path, UsageError where no table
 *   has the trait
 */
export async function readFolder(
  path: string,
  { labelsFrom, trait, encoding, cells, leaveOutCopies = false }: ReadFolderOptions = {},
): Promise<FolderItems> {
  const found = await known(await filesIn(path, encoding), cells);
  const { files } = found;
  const paths = files.map((file) => file.path);
  const how = { ...found.how, labelsFrom: labelsFrom ?? 'auto', trait };
  const first = interpretFolder(paths, how);
  checkTrait(trait, first);
  const reading = leaveOutCopies
    ? interpretFolder(paths, { ...how, corrections: await withoutCopies(files, first) })
    : first;
  const items = filesOfItems(files, reading.items).map(({ item: { label }, file }) => ({
    path: file.path,
    label,
    file: file.file,
  }));
  return { reading, items };
}
