/** Sheets of sprites among the open files, cut into pictures as far as a person said so. */
import type { CellLayout } from '../data/sheets/cellLayout';
import type { StudioPorts } from './ports';
import type { KnownFiles } from './studioState';

/**
 * @param whole the files with their sheets uncut
 * @param cells how they are cut; undefined: they stay whole
 */
export async function cutAsSaid(
  whole: KnownFiles,
  cells: CellLayout | undefined,
  ports: StudioPorts,
  signal: AbortSignal,
): Promise<KnownFiles> {
  const { files, known } = whole;
  const { sheets, verdicts = [], labelFiles = [], skipped = [], cut: before = [] } = known;
  if (!cells || !sheets) return whole;
  const facts = { verdicts: [...verdicts], labelFiles: [...labelFiles] };
  const done = await ports.sheets.cut(files, facts, sheets.sheets, cells, signal);
  return {
    files: done.files,
    known: {
      ...known,
      verdicts: done.verdicts,
      skipped: [...skipped, ...done.skipped],
      cut: [...before, ...done.cut],
      // What could not be cut can be cut otherwise.
      sheets: done.cut.length > 0 ? null : sheets,
    },
  };
}
