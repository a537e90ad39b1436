/**
 * Curves over iterations on uPlot: each line drawn twice, faint as measured and strong as smoothed. Draws only; legend
 * and table are the caller's. Colors are names of CSS variables and are read when drawn.
 */
import { useEffect, useLayoutEffect, useRef } from 'react';
import uPlot from 'uplot';
import { formatShort, formatValue } from '../format';

export interface ChartLine {
  name: string;
  /** CSS variable, e.g. "--series-1". */
  color: string;
  raw: readonly (number | null)[];
  smoothed: readonly (number | null)[];
  visible: boolean;
}

export interface LineChartProps {
  iterations: readonly number[];
  lines: readonly ChartLine[];
  logScale: boolean;
  height: number;
  /** Charts with the same key share their cursor. */
  syncKey: string;
  /** Anything that changes with the theme. */
  theme: string;
  /** Position under the cursor, null when it leaves. */
  onCursor: (index: number | null) => void;
}

const variable = (name: string) => (chart: uPlot) => getComputedStyle(chart.root).getPropertyValue(name);
const axisText = (tick: number | null) =>
  tick === null
    ? ''
    : formatValue(tick)
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '');
const leastWidth = 80;

/** Logarithmic where everything is positive; else arcsinh, which is logarithmic on both sides of a linear middle. */
function yScale(logScale: boolean, lines: readonly ChartLine[]): uPlot.Scale {
  if (!logScale) return { range: (_, low, high) => padded(low, high) };
  const positive = lines.every(({ raw }) => raw.every((value) => value === null || value > 0));
  return positive ? { distr: 3 } : { distr: 4, asinh: 0.1 };
}

function padded(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const pad = (high - low || Math.abs(high) || 1) * 0.08;
  return [low - pad, high + pad];
}

function options(props: LineChartProps, width: number, onCursor: (index: number | null) => void): uPlot.Options {
  const axis = {
    stroke: variable('--muted'),
    grid: { stroke: variable('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  const series: uPlot.Series[] = [{}];
  for (const { color, visible } of props.lines) {
    series.push({ stroke: variable(color), width: 1, alpha: 0.2, show: visible, points: { show: false } });
    series.push({
      stroke: variable(color),
      width: 2,
      show: visible,
      points: { show: props.iterations.length < 2, size: 5 },
    });
  }
  return {
    width,
    height: props.height,
    series,
    legend: { show: false },
    padding: [8, 20, 0, 0],
    scales: { x: { time: false }, y: yScale(props.logScale, props.lines) },
    axes: [
      {
        ...axis,
        size: 28,
        space: 64,
        values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? formatShort(tick) : '')),
      },
      { ...axis, size: 52, space: 28, values: (_, ticks) => ticks.map(axisText) },
    ],
    cursor: { sync: { key: props.syncKey }, drag: { x: true, y: false }, points: { size: 6 } },
    hooks: { setCursor: [(chart) => onCursor(chart.cursor.idx ?? null)] },
  };
}

function table(iterations: readonly number[], lines: readonly ChartLine[]): uPlot.AlignedData {
  return [iterations, ...lines.flatMap(({ raw, smoothed }) => [raw, smoothed])] as uPlot.AlignedData;
}

function Plot(props: LineChartProps) {
  const { iterations, lines } = props;
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef(props);
  useLayoutEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    const element = holder.current;
    if (!element) return undefined;
    const width = () => Math.max(element.clientWidth, leastWidth);
    const current = latest.current;
    const plot = new uPlot(
      options(current, width(), (index) => latest.current.onCursor(index)),
      table(current.iterations, current.lines),
      element,
    );
    chart.current = plot;
    const observer = new ResizeObserver(() => plot.setSize({ width: width(), height: latest.current.height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    const plot = chart.current;
    if (!plot) return;
    plot.setData(table(iterations, lines));
    lines.forEach(({ visible }, i) => {
      for (const series of [2 * i + 1, 2 * i + 2]) {
        if (plot.series[series]?.show !== visible) plot.setSeries(series, { show: visible });
      }
    });
  }, [iterations, lines]);

  return <div ref={holder} aria-hidden className="w-full min-w-0" style={{ height: props.height }} />;
}

/** A new plot only where its structure changes; data, visibility and size are updated in place. */
export function LineChart(props: LineChartProps) {
  const structure = `${props.lines.map(({ name, color }) => name + color).join()}|${props.logScale}|${props.height}|${props.syncKey}|${props.theme}`;
  return <Plot key={structure} {...props} />;
}
