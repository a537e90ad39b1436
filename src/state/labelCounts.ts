/** Labels of the data set, counted for the screens. */
import { countLabels, type LabelBook } from '../lcp/labels/labelBook';
import type { StudioState } from './studioState';

/** The counts of the data set as the labels are now. */
export function countInto(state: Pick<StudioState, 'dataset'>, book: LabelBook): void {
  const { labeledPerClass, unlabeledCount } = countLabels(book.codes(), book.classes.length);
  if (state.dataset) Object.assign(state.dataset, { classes: [...book.classes], labeledPerClass, unlabeledCount });
}
