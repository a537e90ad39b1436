/** How what the session tells of labels changes the state. */
import { LabelBook } from '../lcp/labels/labelBook';
import type { EventOf } from '../session/protocol/events';
import { UNLABELED } from '../shared/domain';
import { countInto } from './labelCounts';
import { initialLabeling, Labels, Shown } from './labelingState';
import type { StudioState } from './studioState';

/** Pictures have been read: their labels are those that they came with. What was being looked at stays in view. */
export function beginLabels(state: StudioState): void {
  const { dataset, source, decoded } = state;
  if (!dataset || !source || !decoded) return;
  const { items } = source.reading;
  const given = Int32Array.from(decoded, (item) => items[item]?.label ?? UNLABELED);
  const { view } = state.labeling;
  state.labeling = {
    ...initialLabeling(),
    view: { ...view, order: 'path' },
    labels: new Labels(new LabelBook(dataset.classes, given)),
    shown: new Shown(Uint32Array.from(given.keys())),
  };
}

/** All changes that were kept, of a book that has none of its own. */
export function takeChanges(state: StudioState, { classes, images, to }: EventOf<'labelChanges'>): void {
  const { labels } = state.labeling;
  if (!labels) return;
  labels.book.addClasses(classes);
  labels.book.set(images, to);
  state.labeling.revision += 1;
  countInto(state, labels.book);
}
