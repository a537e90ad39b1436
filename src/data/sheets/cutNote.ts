/** Sheets of sprites that became pictures. */
import type { CellLayout, CellSize } from './cellLayout';

/** An atlas said where the pictures lie (its path). */
interface ByAtlas {
  atlas: string;
}

/** A person said how large they are. */
interface ByCells {
  cell: CellLayout;
  /** Cells of one colour, or wholly transparent, which were left out. */
  empty: number;
  /** Pixels at the right and at the bottom that were less than a cell. */
  left: CellSize;
}

/** A sheet, by its path, and the number of its pictures. */
export type CutNote = { sheet: string; pictures: number } & (ByAtlas | ByCells);
