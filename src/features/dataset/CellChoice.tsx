/** How large the pictures of a sheet are, to be cut at one press. */
import { useId, useState } from 'react';
import type { CellSize } from '../../data/sheets/grid';
import { smallestCell } from '../../data/sheets/grid';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';

const largestCell = 4096;

/** Pixels as they were typed; null where they are none. */
function pixelsOf(text: string): number | null {
  const value = Number(text);
  return Number.isInteger(value) && value >= smallestCell && value <= largestCell ? value : null;
}

function Edge({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) {
  const id = useId();
  return (
    <label htmlFor={id} className="flex items-center gap-2">
      {label}
      <input
        id={id}
        type="text"
        inputMode="numeric"
        autoComplete="off"
        className="numeric h-9 w-20 rounded-control border border-line-strong bg-canvas px-2 text-sm text-ink"
        value={value}
        aria-invalid={pixelsOf(value) === null ? true : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}

export function CellChoice({ suggested }: { suggested: CellSize }) {
  const studio = useStudio();
  const busy = useStudioState((state) => state.reading !== null);
  const [width, setWidth] = useState(String(suggested.width));
  const [height, setHeight] = useState(String(suggested.height));
  const cell = { width: pixelsOf(width), height: pixelsOf(height) };
  return (
    <form
      className="flex flex-wrap items-center gap-3 pt-1"
      onSubmit={(event) => {
        event.preventDefault();
        if (cell.width !== null && cell.height !== null)
          void studio.data.cutSheets({ width: cell.width, height: cell.height });
      }}
    >
      <Edge label="Width of a picture" value={width} onChange={setWidth} />
      <Edge label="Height of a picture" value={height} onChange={setHeight} />
      <Button size="small" type="submit" disabled={busy || cell.width === null || cell.height === null}>
        Cut into pictures
      </Button>
    </form>
  );
}
