/** The grid itself: row names that select a cluster, and a canvas of tiles of which each can be opened with a click. */
import { text } from '../../shared/text';
import { useLayoutEffect, useMemo, useRef, type MouseEvent } from 'react';
import type { SlotIndex } from '../../shared/indices';
import type { ClusterCard } from '../../shared/domain';
import { clusterName, useGivenNames } from '../../state/clusterNames';
import type { SampleFrame } from '../../state/sampleHistory';
import { ClassMark } from '../../ui/ClassMark';
import { formatCount } from '../../ui/format';
import { drawGrid, layoutGrid } from '../../ui/sampleDrawing';
import { placeAt, type Place } from './samplePlaces';
import { useWidth } from './useWidth';

const labelWidth = 128;
/** A word of eight letters, on a phone. */
const narrowestLabel = 88;

export interface GridCanvasProps {
  frame: SampleFrame;
  /** The frame's tiles, or its raw ones. */
  rgba: Uint8ClampedArray<ArrayBuffer>;
  /** The cards at the time of the frame. */
  clusters: readonly ClusterCard[];
  selected: SlotIndex | null;
  onSelect: (slot: SlotIndex | null) => void;
  onOpen: (place: Place) => void;
  testId?: string;
}

export function GridCanvas(props: GridCanvasProps) {
  const { frame, rgba, clusters, selected, onSelect, onOpen, testId = 'sample-grid' } = props;
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(holder);
  const { columns, rows, size } = frame;
  const names = useMemo(() => rows.map((slot) => clusters.find((card) => card.slot === slot)), [rows, clusters]);
  const givenName = useGivenNames(clusters);
  const labels = Math.round(Math.min(labelWidth, Math.max(narrowestLabel, width * 0.24)));
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
  const open = (event: MouseEvent<HTMLCanvasElement>) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const place = placeAt(event.clientX - left, event.clientY - top, layout);
    if (place) onOpen(place);
  };
  return (
    <div ref={holder} className="min-w-0">
      <div className="flex gap-1.5">
        <ol className="relative shrink-0 text-xs" style={{ width: labels, height: layout.height }} aria-label="Rows">
          {rows.map((slot, i) => {
            const card = names[i];
            const given = givenName(slot);
            const name = card ? clusterName(card, given) : `cluster ${slot + 1}`;
            return (
              <li key={slot} className="absolute inset-x-0" style={{ top: layout.tops[i], height: layout.tile }}>
                <button
                  type="button"
                  aria-pressed={selected === slot}
                  onClick={() => onSelect(selected === slot ? null : slot)}
                  className={`flex size-full items-center gap-1.5 rounded-[0.375rem] px-1 text-start sm:px-1.5 hover:bg-sunken ${selected === slot ? 'bg-accent-soft font-semibold' : ''}`}
                  title={name}
                >
                  {card && <ClassMark classIndex={card.classIndex} />}
                  <span className="min-w-0 flex-1">
                    <span className="block truncate">{card?.className ?? text('cluster')}</span>
                    {given !== null && <span className="block truncate text-accent">{given}</span>}
                  </span>
                  <span className="numeric text-muted">{card ? card.cluster + 1 : slot + 1}</span>
                </button>
              </li>
            );
          })}
        </ol>
        {/* Drawn by the page, so it cannot be an img. The keyboard opens tiles by the button above. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events */}
        <canvas
          ref={canvas}
          data-testid={testId}
          data-iteration={frame.iteration}
          // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
          role="img"
          aria-label={described}
          onClick={open}
          style={{ width: layout.width, height: layout.height }}
          className="pixelated cursor-zoom-in"
        />
      </div>
    </div>
  );
}
