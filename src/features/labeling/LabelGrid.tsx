/**
 * All pictures as a grid that draws only what is in view: a hundred thousand cost as much as fifty. The grid itself has
 * the focus and says which cell is active, so that nothing is lost when cells scroll away.
 */
import { useCallback, useEffect, useId, useImperativeHandle, useRef, type KeyboardEvent, type Ref } from 'react';
import { likelyClass } from '../../state/labelView';
import { imageFile } from '../../state/studioState';
import { useStudioState } from '../../state/studioContext';
import { imageIndex } from '../../shared/indices';
import { keyPosition, moveTo, selectAll, toggle, type GridSelection } from './gridSelection';
import { LabelCell } from './LabelCell';
import { rowsInView, useRowWindow } from './useRowWindow';

const leastTile = 104;
const gap = 8;
/** Caption and padding below the square picture. */
const captionHeight = 30;

export interface LabelGridProps {
  selection: GridSelection;
  onSelect: (selection: GridSelection) => void;
  /** A key that is not the grid's own; true where it was used. */
  onKey: (event: KeyboardEvent<HTMLElement>) => boolean;
  /** Where keys are explained. */
  describedBy: string;
  /** The grid itself, to be focused from outside. */
  focusOn: Ref<HTMLElement>;
}

export function LabelGrid({ selection, onSelect, onKey, describedBy, focusOn }: LabelGridProps) {
  const base = useId();
  const images = useStudioState((state) => state.labeling.shown.images);
  const { attach, element: holder, width, height, onScroll, scrollTop, reveal } = useRowWindow();
  const columns = Math.max(1, Math.floor((width - gap) / (leastTile + gap)));
  const tile = Math.max(leastTile, (width - gap) / columns - gap);
  const rows = Math.ceil(images.length / columns);
  const rowHeight = Math.round(tile + captionHeight) + gap;
  const activeRow = Math.floor(selection.active / columns);
  useEffect(() => {
    reveal(activeRow, rowHeight, gap);
  }, [reveal, activeRow, rowHeight]);
  useImperativeHandle<HTMLElement | null, HTMLElement | null>(focusOn, () => holder.current, [holder]);
  useEffect(() => holder.current?.focus({ preventScroll: true }), [holder]);

  const listen = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target !== event.currentTarget) return;
    const used = move(event) || onKey(event);
    if (used) event.preventDefault();
  };
  const move = (event: KeyboardEvent): boolean => {
    const command = event.ctrlKey || event.metaKey;
    const { length } = images;
    if (command && event.key.toLowerCase() === 'a') return select(selectAll(selection, length));
    if (command && event.key === 'Home') return select(moveTo(selection, 0, length, event.shiftKey));
    if (command && event.key === 'End') return select(moveTo(selection, length - 1, length, event.shiftKey));
    if (command || event.altKey) return false;
    if (event.key === ' ') return select(toggle(selection, selection.active));
    if (event.key === 'Escape') return select(moveTo(selection, selection.active, length));
    const pageRows = Math.max(1, Math.floor(height / rowHeight));
    const position = keyPosition(event.key, selection.active, columns, pageRows, length);
    return position !== null && select(moveTo(selection, position, length, event.shiftKey));
  };
  const select = (next: GridSelection): true => {
    onSelect(next);
    return true;
  };
  const latest = useRef(selection);
  useEffect(() => {
    latest.current = selection;
  });
  const press = useCallback(
    (position: number, { extend, single }: { extend: boolean; single: boolean }) => {
      const now = latest.current;
      onSelect(single ? toggle(now, position) : moveTo(now, position, images.length, extend));
      holder.current?.focus({ preventScroll: true });
    },
    [onSelect, images, holder],
  );
  const [from, to] = rowsInView(scrollTop, height, rowHeight, rows);
  const activeDrawn = activeRow >= from && activeRow < to && images.length > 0;
  return (
    <div
      ref={attach}
      role="grid"
      tabIndex={0}
      aria-label="Pictures"
      aria-multiselectable
      aria-rowcount={rows}
      aria-colcount={columns}
      aria-describedby={describedBy}
      aria-activedescendant={activeDrawn ? `${base}-${selection.active}` : undefined}
      onKeyDown={listen}
      onScroll={onScroll}
      data-testid="label-grid"
      className="relative h-full min-h-80 overflow-auto rounded-card border border-line bg-sunken"
    >
      <div role="presentation" className="relative w-full" style={{ height: rows * rowHeight + gap }}>
        {width > 0 &&
          Array.from({ length: to - from }, (_, i) => from + i).map((index) => (
            // A table's own rows cannot be placed where they scroll to.
            <div
              key={index}
              // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
              role="row"
              aria-rowindex={index + 1}
              className="absolute grid"
              style={{
                top: gap + index * rowHeight,
                left: gap,
                right: gap,
                height: rowHeight - gap,
                gap,
                gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
              }}
            >
              {Array.from({ length: Math.min(columns, images.length - index * columns) }, (_, column) => {
                const position = index * columns + column;
                return (
                  <Cell
                    key={images[position]}
                    id={`${base}-${position}`}
                    image={images[position] as number}
                    position={position}
                    column={column}
                    active={position === selection.active}
                    selected={selection.selected.has(position)}
                    onPress={press}
                  />
                );
              })}
            </div>
          ))}
      </div>
    </div>
  );
}

interface CellProps {
  id: string;
  image: number;
  position: number;
  column: number;
  active: boolean;
  selected: boolean;
  onPress: (position: number, how: { extend: boolean; single: boolean }) => void;
}

/** A cell with what the state knows of its picture; redrawn where a label has changed. */
function Cell({ image, ...place }: CellProps) {
  useStudioState((state) => state.labeling.revision);
  const file = useStudioState((state) => imageFile(state, imageIndex(image)));
  const labels = useStudioState((state) => state.labeling.labels);
  const guesses = useStudioState((state) => state.labeling.guesses);
  if (!labels) return null;
  const { book } = labels;
  const standing = book.standing(image);
  const classIndex = likelyClass({ book, guesses }, image);
  return (
    <LabelCell
      {...place}
      file={file}
      name={file?.name ?? `picture ${image + 1}`}
      standing={standing}
      classIndex={classIndex}
      className={book.classes[classIndex] ?? null}
      confidence={standing === 'none' ? (guesses?.guesses.confidence[image] ?? null) : null}
    />
  );
}
