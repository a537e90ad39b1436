/** Sheets without an atlas, cut into cells of the size that a person said. */
import type { FileFacts } from '../facts';
import type { DroppedFile } from '../readDrop';
import { sortInTurns } from '../sortInTurns';
import type { Skipped } from '../walkTree';
import type { CellLayout } from './cellLayout';
import type { CutNote } from './cutNote';
import { filesOfPack } from './readAtlases';
import type { SheetCutter } from './sheetWork';

/** Files in which sheets have become pictures, as a drop of these would be. */
export interface CutFiles extends FileFacts {
  files: DroppedFile[];
  /** Sheets that could not be cut, with the reason; they stay pictures. */
  skipped: Skipped[];
  cut: CutNote[];
}

/** "set/sheet#03-12.png": row and column from 1 on, so many digits that names sort as the cells lie. */
function pathsOf(sheet: string, columns: number, rows: number): string[] {
  const stem = sheet.replace(/\.[^./]*$/, '');
  const number = (value: number, most: number): string => String(value).padStart(String(most).length, '0');
  return Array.from({ length: columns * rows }, (_, at) => {
    const row = number(Math.floor(at / columns) + 1, rows);
    return `${stem}#${row}-${number((at % columns) + 1, columns)}.png`;
  });
}

/**
 * Cells of one colour, or wholly transparent, are left out, and counted.
 * @param sheets paths of those files that are cut. @throws the signal's reason
 */
export async function cutGrids(
  files: readonly DroppedFile[],
  { verdicts, labelFiles }: FileFacts,
  sheets: ReadonlySet<string>,
  cell: CellLayout,
  cutter: SheetCutter,
  signal?: AbortSignal,
): Promise<CutFiles> {
  const found: { each: DroppedFile; verdict: string | null }[] = [];
  const skipped: Skipped[] = [];
  const cut: CutNote[] = [];
  for (const [at, each] of files.entries()) {
    signal?.throwIfAborted();
    const { path, file } = each;
    const done = sheets.has(path) ? await cutter.grid(file, cell) : null;
    if (done === null || 'reason' in done) {
      found.push({ each, verdict: verdicts[at] ?? null });
      if (done) skipped.push({ path, reason: `a sheet that was not cut: ${done.reason}` });
      continue;
    }
    const { grid, fates } = done;
    const paths = pathsOf(path, grid.columns, grid.rows).filter((_, i) => fates[i] === 'cut');
    for (const made of filesOfPack(done, paths)) found.push({ each: made, verdict: null });
    cut.push({ sheet: path, pictures: paths.length, cell, empty: fates.length - paths.length, left: grid.left });
  }
  const sorted = await sortInTurns(found, (a, b) =>
    a.each.path < b.each.path ? -1 : a.each.path > b.each.path ? 1 : 0,
  );
  return {
    files: sorted.map(({ each }) => each),
    verdicts: sorted.map(({ verdict }) => verdict),
    labelFiles,
    skipped,
    cut,
  };
}
