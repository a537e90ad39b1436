/**
 * What is done with sheets of sprites, over a decoder: on the page in a worker (sheetsApart.ts), under Node directly
 * (headless/nodeSheets.ts).
 */
import { readSpriteAtlas } from '../../formats/spriteAtlas';
import { AtlasRefused, atlasLimits, type SpriteAtlas } from '../../formats/spriteFrames';
import { decodeWhole, type Decoders } from '../decode';
import type { CellLayout } from './cellLayout';
import { checkCellCount, cutCells, cutLimits, CutRefused, type Cell, type CutSheet } from './cutCells';
import { cellSizeOf, gridCells, gridOf, type Grid } from './grid';

export interface Refused {
  reason: string;
}

export interface SheetCutter {
  /** The sheets that a file speaks of; null where it is no atlas. */
  atlas(file: Blob): Promise<readonly SpriteAtlas[] | Refused | null>;
  /** Cells that are wholly transparent are left out. */
  cells(sheet: Blob, cells: readonly Cell[]): Promise<CutSheet | Refused>;
  /** Cells of one size in rows and columns; those of one colour are left out. */
  grid(sheet: Blob, cell: CellLayout): Promise<(CutSheet & { grid: Grid }) | Refused>;
  /** The size that a sheet's cells seem to have, and how far apart they lie; null where nothing tells. */
  look(sheet: Blob): Promise<CellLayout | null>;
  /** Ends what is going on; its promises may then stay open. */
  close(): void;
}

const lower = (reason: string): string => reason.charAt(0).toLowerCase() + reason.slice(1).replace(/\.$/, '');

/** What is thrown for a person is an answer. */
async function orRefused<T>(work: () => Promise<T>): Promise<T | Refused> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CutRefused || error instanceof AtlasRefused) return { reason: error.message };
    throw error;
  }
}

export function sheetWork(decoders: Decoders): SheetCutter {
  const pixelsOf = (sheet: Blob) => decodeWhole(sheet, decoders, cutLimits.pixels);
  return {
    atlas: (file) =>
      orRefused(async () => {
        if (file.size > atlasLimits.bytes)
          throw new AtlasRefused(`it is larger than ${atlasLimits.bytes / 2 ** 20} MiB, too large for an atlas`);
        return readSpriteAtlas((await file.text()).replace(/^\ufeff/, ''));
      }),
    cells: (sheet, cells) =>
      orRefused(async () => {
        const { pixels, reason } = await pixelsOf(sheet);
        return pixels ? cutCells(pixels, cells, ['transparent']) : { reason: lower(reason) };
      }),
    grid: (sheet, cell) =>
      orRefused(async () => {
        const { pixels, reason } = await pixelsOf(sheet);
        if (!pixels) return { reason: lower(reason) };
        const grid = gridOf(pixels, cell);
        // Before a place is made for each.
        checkCellCount(grid.columns * grid.rows);
        return { ...(await cutCells(pixels, gridCells(grid, cell), ['transparent', 'plain'])), grid };
      }),
    async look(sheet) {
      const { pixels } = await pixelsOf(sheet);
      return pixels && cellSizeOf(pixels);
    },
    close() {
      // Nothing is held between calls.
    },
  };
}
