/** How large the pictures of a sheet are, to be cut at one press. */
import { useId, useState } from 'react';
import { smallestCell, type CellLayout } from '../../data/sheets/cellLayout';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';

const largestCell = 4096;

/** Pixels as they were typed; null where they are none. */
function pixelsOf(text: string, least: number): number | null {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isInteger(value) && value >= least && value <= largestCell ? value : null;
}

interface PixelsProps {
  label: string;
  value: string;
  least: number;
  onChange: (text: string) => void;
}

function Pixels({ label, value, least, onChange }: PixelsProps) {
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
        aria-invalid={pixelsOf(value, least) === null ? true : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}

export function CellChoice({ suggested }: { suggested: CellLayout }) {
  const studio = useStudio();
  const busy = useStudioState((state) => state.reading !== null);
  const [width, setWidth] = useState(String(suggested.width));
  const [height, setHeight] = useState(String(suggested.height));
  const [gap, setGap] = useState(String(suggested.gap ?? 0));
  const [edge, setEdge] = useState(String(suggested.edge ?? 0));
  const [w, h] = [width, height].map((text) => pixelsOf(text, smallestCell));
  const [between, around] = [gap, edge].map((text) => pixelsOf(text, 0));
  const cell =
    w && h && typeof between === 'number' && typeof around === 'number'
      ? { width: w, height: h, gap: between, edge: around }
      : null;
  return (
    <form
      className="flex flex-wrap items-center gap-3 pt-1"
      onSubmit={(event) => {
        event.preventDefault();
        if (cell) void studio.data.cutSheets(cell);
      }}
    >
      <Pixels label="Width of a picture" value={width} least={smallestCell} onChange={setWidth} />
      <Pixels label="Height of a picture" value={height} least={smallestCell} onChange={setHeight} />
      <Pixels label="Between pictures" value={gap} least={0} onChange={setGap} />
      <Pixels label="At the edge" value={edge} least={0} onChange={setEdge} />
      <Button size="small" type="submit" disabled={busy || cell === null}>
        Cut into pictures
      </Button>
    </form>
  );
}
