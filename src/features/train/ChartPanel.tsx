/**
 * One panel of curves with a legend that switches lines, the value under the cursor, and the same numbers as a table.
 */
import { useMemo, useState } from 'react';
import type { Curves } from '../../state/seriesHistory';
import { LineChart, type ChartLine, type LineChartProps } from '../../ui/chart/LineChart';
import { smooth, spread } from '../../ui/chart/smoothing';
import { Disclosure } from '../../ui/Disclosure';
import { formatCount, formatValue } from '../../ui/format';
import { NumberTable } from '../../ui/NumberTable';
import type { ChartPanelSpec } from './chartPanels';

export interface ChartPanelProps extends Pick<LineChartProps, 'range' | 'marks' | 'moment' | 'onZoom' | 'onPick'> {
  panel: ChartPanelSpec;
  curves: Curves;
  smoothing: number;
  logScale: boolean;
  theme: string;
}

const tableRows = 40;

function Legend({
  lines,
  at,
  onToggle,
}: {
  lines: (ChartLine & { label: string })[];
  at: number | null;
  onToggle: (name: string) => void;
}) {
  return (
    <ul className="flex flex-wrap gap-x-1">
      {lines.map((line) => {
        const value = at === null ? line.smoothed.findLast((each) => each !== null) : line.smoothed[at];
        return (
          <li key={line.name}>
            <label className="flex min-h-7 items-center gap-1.5 rounded-[0.375rem] px-1.5 text-xs hover:bg-sunken">
              <input
                type="checkbox"
                className="peer sr-only"
                checked={line.visible}
                onChange={() => onToggle(line.name)}
              />
              <span
                aria-hidden
                className="h-1 w-3.5 rounded-full outline-offset-4 peer-not-checked:opacity-30 peer-focus-visible:outline-2 peer-focus-visible:outline-focus"
                style={{ background: `var(${line.color})` }}
              />
              <span className={line.visible ? '' : 'text-muted line-through'}>{line.label}</span>
              <span className="numeric min-w-[5ch] text-muted">{formatValue(value)}</span>
            </label>
          </li>
        );
      })}
    </ul>
  );
}

function Table({
  title,
  iterations,
  lines,
}: {
  title: string;
  iterations: readonly number[];
  lines: (ChartLine & { label: string })[];
}) {
  const rows = spread(iterations.length, tableRows).map((i) => ({
    key: i,
    head: formatCount(iterations[i] ?? 0),
    cells: lines.map(({ smoothed }) => formatValue(smoothed[i])),
  }));
  return (
    <NumberTable
      caption={`${title}, smoothed`}
      label={`${title} as a table`}
      columns={['Iteration', ...lines.map(({ label }) => label)]}
      rows={rows}
    />
  );
}

export function ChartPanel({ panel, curves, smoothing, logScale, theme, ...shared }: ChartPanelProps) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState<number | null>(null);
  const [tableOpen, setTableOpen] = useState(false);
  const { iterations } = curves;
  const columns = useMemo(
    () =>
      panel.series.map(({ key }) => {
        const raw = curves.values(key);
        return {
          raw,
          low: curves.low(key),
          high: curves.high(key),
          smoothed: panel.exact ? raw : smooth(raw, smoothing),
        };
      }),
    [panel, curves, smoothing],
  );
  const lines = useMemo(
    () =>
      panel.series.map(({ key, label, color }, i) => ({
        name: key,
        label,
        color,
        ...(columns[i] ?? { raw: [], low: [], high: [], smoothed: [] }),
        visible: !hidden.has(key),
      })),
    [panel, columns, hidden],
  );
  const toggle = (name: string) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    setHidden(next);
  };
  return (
    <section aria-label={panel.title} className="min-w-0">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h3 className="text-sm font-semibold">{panel.title}</h3>
        <span className="numeric text-xs text-muted">
          {cursor !== null && iterations[cursor] !== undefined ? `at iteration ${formatCount(iterations[cursor])}` : ''}
        </span>
      </div>
      <Legend lines={lines} at={cursor} onToggle={toggle} />
      <LineChart
        iterations={iterations}
        lines={lines}
        logScale={logScale}
        height={168}
        syncKey="run"
        theme={theme}
        onCursor={setCursor}
        {...shared}
      />
      {panel.note && <p className="mt-1 text-xs text-muted">{panel.note}</p>}
      <Disclosure onToggle={setTableOpen} summary={<span className="text-xs font-medium text-muted">As a table</span>}>
        {tableOpen && <Table title={panel.title} iterations={iterations} lines={lines} />}
      </Disclosure>
    </section>
  );
}
