/** Sheets of sprites on the terminal: sharp decodes, the page's code cuts. */
import { sheetWork, type SheetCutter } from '../data/sheets/sheetWork';
import { wholeDecoders } from './nodeDecoder';

export const nodeSheets = (): SheetCutter => sheetWork(wholeDecoders);
