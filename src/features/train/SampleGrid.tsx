/**
 * The grid of fixed-seed samples: a row for each cluster, grouped by class, a column for each seed, over the kept
 * history of the run. The canvas is one image to assistive technology; row and column names are text around it.
 */
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { SlotIndex } from '../../shared/indices';
import type { ClusterCard } from '../../shared/domain';
import type { SampleFrame } from '../../state/sampleHistory';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Card } from '../../ui/Card';
import { ClassMark } from '../../ui/ClassMark';
import { formatCount, formatKimg } from '../../ui/format';
import { drawGrid, layoutGrid } from '../../ui/sampleDrawing';
import { Timeline } from './Timeline';
import { useWidth } from './useWidth';

const labelWidth = 128;

interface GridProps {
  frame: SampleFrame;
  clusters: readonly ClusterCard[];
  selected: SlotIndex | null;
  onSelect: (slot: SlotIndex | null) => void;
}

function Grid({ frame, clusters, selected, onSelect }: GridProps) {
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(holder);
  const { columns, rows, size, rgba } = frame;
  const names = useMemo(() => rows.map((slot) => clusters.find((card) => card.slot === slot)), [rows, clusters]);
  const labels = Math.round(Math.min(labelWidth, Math.max(64, width * 0.24)));
  const layout = useMemo(
    () =>
      layoutGrid(
        width - labels - 8,
        columns,
        names.map((card, i) => card?.classIndex ?? -1 - i),
      ),
    [width, labels, columns, names],
  );
  useLayoutEffect(() => {
    if (canvas.current && width > 0)
      drawGrid(canvas.current, { columns, rows: rows.length, size, rgba }, layout, window.devicePixelRatio || 1);
  }, [columns, rows, size, rgba, layout, width]);
  const described = `Samples at iteration ${formatCount(frame.iteration)}: ${rows.length} clusters by ${columns} fixed seeds.`;
  return (
    <div ref={holder} className="min-w-0">
      <div className="flex gap-1.5">
        <ol className="relative shrink-0 text-xs" style={{ width: labels, height: layout.height }} aria-label="Rows">
          {rows.map((slot, i) => {
            const card = names[i];
            const name = card ? `${card.className} ${card.cluster + 1}` : `slot ${slot + 1}`;
            return (
              <li key={slot} className="absolute inset-x-0" style={{ top: layout.tops[i], height: layout.tile }}>
                <button
                  type="button"
                  aria-pressed={selected === slot}
                  onClick={() => onSelect(selected === slot ? null : slot)}
                  className={`flex size-full items-center gap-1.5 rounded-[0.375rem] px-1 text-start sm:px-1.5 hover:bg-sunken ${selected === slot ? 'bg-accent-soft font-semibold' : ''}`}
                  title={name}
                >
                  <ClassMark classIndex={card?.classIndex ?? 0} />
                  <span className="min-w-0 flex-1 truncate">{card?.className ?? 'slot'}</span>
                  <span className="numeric text-muted">{card ? card.cluster + 1 : slot + 1}</span>
                </button>
              </li>
            );
          })}
        </ol>
        {/* Drawn by the page, so it cannot be an img. */}
        <canvas
          ref={canvas}
          data-testid="sample-grid"
          data-iteration={frame.iteration}
          // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
          role="img"
          aria-label={described}
          style={{ width: layout.width, height: layout.height }}
          className="pixelated"
        />
      </div>
    </div>
  );
}

export function SampleGrid({ selected, onSelect }: Pick<GridProps, 'selected' | 'onSelect'>) {
  const studio = useStudio();
  useStudioState((state) => state.run.samplesRevision);
  const clusters = useStudioState((state) => state.run.clusters);
  /** Iteration that the user looks back at; null follows the newest. */
  const [pinned, setPinned] = useState<number | null>(null);
  const iterations = studio.samples.iterations();
  const found = pinned === null ? -1 : iterations.findLastIndex((iteration) => iteration <= pinned);
  const index = pinned === null ? iterations.length - 1 : Math.max(0, found);
  const frame = studio.samples.at(index);
  const pin = (position: number) =>
    setPinned(position >= iterations.length - 1 ? null : (iterations[position] ?? null));
  return (
    <Card
      title="Samples"
      note={
        frame
          ? `Iteration ${formatCount(frame.iteration)} · ${formatKimg(frame.kimg)}${pinned === null ? '' : ' · looking back'}`
          : 'Rows are clusters, columns are fixed seeds.'
      }
    >
      {frame ? (
        <div className="grid gap-4">
          <Grid frame={frame} clusters={clusters} selected={selected} onSelect={onSelect} />
          {iterations.length > 1 && (
            <Timeline iterations={iterations} index={index} following={pinned === null} onChange={pin} />
          )}
        </div>
      ) : (
        <p className="grid min-h-48 place-items-center rounded-control bg-sunken px-4 text-center text-sm text-muted">
          The first samples appear when training begins.
        </p>
      )}
    </Card>
  );
}
