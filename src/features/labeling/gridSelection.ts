/**
 * Which picture of the grid is active and which are selected, as plain steps: arrows move, Shift extends from where one
 * stood, Space and Ctrl pick single ones. Positions are those of the list that is shown.
 */
export interface GridSelection {
  /** Position that has the cursor; 0 in an empty grid. */
  active: number;
  /** Where a range begins. */
  anchor: number;
  /** Positions, beside the active one, that an action is for. */
  selected: ReadonlySet<number>;
}

export const nothingSelected: GridSelection = { active: 0, anchor: 0, selected: new Set() };

const clamp = (position: number, count: number): number => Math.max(0, Math.min(count - 1, position));

/** The positions that an action is for, ascending: what is selected or, without that, the active one. */
export function targets({ active, selected }: GridSelection, count: number): number[] {
  if (count === 0) return [];
  return selected.size > 0 ? [...selected].toSorted((a, b) => a - b) : [clamp(active, count)];
}

/** Goes to a position: alone, or with everything from the anchor to it. */
export function moveTo(selection: GridSelection, position: number, count: number, extend = false): GridSelection {
  const active = clamp(position, count);
  if (!extend) return { active, anchor: active, selected: new Set() };
  const [from, to] = [Math.min(selection.anchor, active), Math.max(selection.anchor, active)];
  return { ...selection, active, selected: new Set(Array.from({ length: to - from + 1 }, (_, i) => from + i)) };
}

/** Takes one in or out of what is selected; the first one takes the active one along. */
export function toggle(selection: GridSelection, position: number): GridSelection {
  const { active } = selection;
  const selected = new Set(selection.selected.size === 0 && active !== position ? [active] : selection.selected);
  if (!selected.delete(position)) selected.add(position);
  return { active: position, anchor: position, selected };
}

export function selectAll(selection: GridSelection, count: number): GridSelection {
  return { ...selection, anchor: 0, selected: new Set(Array.from({ length: count }, (_, i) => i)) };
}

/** Behind what has just been labeled. */
export function advance(selection: GridSelection, count: number): GridSelection {
  return moveTo(selection, (targets(selection, count).at(-1) ?? 0) + 1, count);
}

/** Where a key leads from `active`, in a grid of so many columns and rows in view; null where it is no such key. */
export function keyPosition(
  key: string,
  active: number,
  columns: number,
  pageRows: number,
  count: number,
): number | null {
  const row = Math.floor(active / columns) * columns;
  switch (key) {
    case 'ArrowLeft':
      return active - 1;
    case 'ArrowRight':
      return active + 1;
    case 'ArrowUp':
      return active < columns ? active : active - columns;
    case 'ArrowDown':
      return active + columns < count ? active + columns : row + columns < count ? count - 1 : active;
    case 'PageUp':
      return Math.max(active % columns, active - pageRows * columns);
    case 'PageDown':
      return Math.min(count - 1, active + pageRows * columns);
    case 'Home':
      return row;
    case 'End':
      return row + columns - 1;
    default:
      return null;
  }
}
