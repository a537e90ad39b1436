/** What a label file was found to say. */
import type { LabelRow } from './tableLabels';
import type { TraitTable } from './traits';

export interface LabelFile {
  path: string;
  /** Why it gives no labels; null where it does, or is not meant to. */
  problem: string | null;
  rows: LabelRow[];
  names: Map<string, string> | null;
  /** Which of several traits its pictures have: labels once one of them is chosen, in place of the rows. */
  traits?: TraitTable;
  form?: LabelFileForm;
}

/**
 * `pictures`: rows are pictures of the class that the file is called after. `lines`: names in the order of numbers.
 * `boxes`: labels are those of things in the picture, where other files may label the whole.
 */
export type LabelFileForm = 'pictures' | 'lines' | 'boxes';

/** The folder that a file lies in; '' where it lies in none. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
