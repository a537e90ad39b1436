/** Sheets without an atlas, on the page: each task with a worker that ends with it. */
import { untilAborted } from '../../shared/untilAborted';
import type { FileFacts } from '../facts';
import type { DroppedFile } from '../readDrop';
import type { CellLayout } from './cellLayout';
import { cutGrids, type CutFiles } from './cutGrids';
import { offerCells, type CellOffer } from './offerCells';
import { sheetsApart } from './sheetsApart';
import type { SheetCutter } from './sheetWork';

/** An end of the signal is an end of the worker, whatever it is at. */
async function withCutter<T>(signal: AbortSignal, task: (cutter: SheetCutter) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const cutter = sheetsApart();
  return untilAborted(task(cutter), signal).finally(() => cutter.close());
}

export const offer = (
  files: readonly DroppedFile[],
  verdicts: FileFacts['verdicts'],
  signal: AbortSignal,
): Promise<CellOffer | null> => withCutter(signal, (cutter) => offerCells(files, verdicts, cutter, signal));

export const cut = (
  files: readonly DroppedFile[],
  facts: FileFacts,
  sheets: readonly string[],
  cell: CellLayout,
  signal: AbortSignal,
): Promise<CutFiles> => withCutter(signal, (cutter) => cutGrids(files, facts, new Set(sheets), cell, cutter, signal));
