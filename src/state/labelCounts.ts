/** Labels of the data set, counted for the screens. */
import { countLabels, type LabelBook } from '../lcp/labels/labelBook';
import type { StudioState } from './studioState';

/** The counts of the data set as the labels are now, and what they mean for training. */
export function countInto(state: Pick<StudioState, 'dataset' | 'renewed'>, book: LabelBook): void {
  const { labeledPerClass, unlabeledCount } = countLabels(book.codes(), book.classes.length);
  const counts = { classes: [...book.classes], labeledPerClass, unlabeledCount };
  if (state.dataset) Object.assign(state.dataset, counts);
  if (state.renewed) state.renewed = state.renewed.relabeled(counts);
}
