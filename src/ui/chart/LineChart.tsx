/**
 * Curves over iterations on uPlot: each line drawn faint as measured (a band from its least to its greatest value where
 * several points share a pixel) and strong as smoothed; events as marks along the bottom. Draws only; legend and table
 * are the caller's. Colors are names of CSS variables and are read when drawn.
 */
import { useEffect, useLayoutEffect, useRef } from 'react';
import uPlot from 'uplot';
import { formatShort, formatValue } from '../format';
import { drawNoMore, drawSoon } from './drawQueue';
import { drawMarks, type ChartMark } from './marks';

export interface ChartLine {
  name: string;
  /** CSS variable, e.g. "--series-1". */
  color: string;
  raw: readonly (number | null)[];
  /** Least and greatest value behind each of `raw`, where there is more than one. */
  low?: readonly (number | null)[];
  high?: readonly (number | null)[];
  smoothed: readonly (number | null)[];
  visible: boolean;
}

/** Iterations that are shown, both ends included. */
export interface ChartRange {
  from: number;
  to: number;
}

export interface LineChartProps {
  iterations: readonly number[];
  lines: readonly ChartLine[];
  /** Null, or none, shows all that there is. */
  range?: ChartRange | null;
  marks?: readonly ChartMark[];
  /** An iteration that is looked back at. */
  moment?: number | null;
  logScale: boolean;
  height: number;
  /** Charts with the same key share their cursor. */
  syncKey: string;
  /** Anything that changes with the theme. */
  theme: string;
  /** Position under the cursor, null when it leaves. */
  onCursor: (index: number | null) => void;
  /** A stretch was drawn with the pointer; null: a double click asks for everything again. */
  onZoom?: (range: ChartRange | null) => void;
  /** A click, without drawing a stretch. */
  onPick?: (iteration: number) => void;
}

const variable = (name: string) => (chart: uPlot) => getComputedStyle(chart.root).getPropertyValue(name);
const axisText = (tick: number | null) =>
  tick === null
    ? ''
    : formatValue(tick)
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '');
const leastWidth = 80;
/** uPlot series that a line takes: low, high, smoothed. */
const seriesPerLine = 3;
/** Shorter strokes of the pointer, in pixels, are clicks. */
const leastStroke = 6;

/** Logarithmic where everything is positive; else arcsinh, which is logarithmic on both sides of a linear middle. */
function yScale(logScale: boolean, lines: readonly ChartLine[]): uPlot.Scale {
  if (!logScale) return { range: (_, low, high) => padded(low, high) };
  const positive = lines.every(({ raw, low = raw }) => low.every((value) => value === null || value > 0));
  return positive ? { distr: 3 } : { distr: 4, asinh: 0.1 };
}

function padded(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const pad = (high - low || Math.abs(high) || 1) * 0.08;
  return [low - pad, high + pad];
}

function seriesOf({ color, visible }: ChartLine, few: boolean): uPlot.Series[] {
  const edge = { stroke: variable(color), width: 1, alpha: 0.22, show: visible, points: { show: false } };
  const smoothed = { stroke: variable(color), width: 2, show: visible, points: { show: few, size: 5 } };
  return [edge, { ...edge }, smoothed];
}

/** What a chart asks of its owner: always the newest properties. */
interface Latest {
  props: () => LineChartProps;
  range: () => ChartRange | null;
  drawn: () => Pick<LineChartProps, 'marks' | 'moment'>;
}

function cursorOptions(syncKey: string): uPlot.Cursor {
  return {
    sync: { key: syncKey },
    // Drawing a stretch tells the owner, who passes it to all charts.
    drag: { x: true, y: false, setScale: false, dist: leastStroke },
    points: { size: 6, show: true },
    bind: { dblclick: () => () => null },
  };
}

function hooksOf(latest: Latest): uPlot.Hooks.Arrays {
  return {
    setCursor: [(chart) => latest.props().onCursor(chart.cursor.idx ?? null)],
    setSelect: [
      (chart) => {
        const { left, width } = chart.select;
        if (width < leastStroke) return;
        const at = (x: number) => Math.round(chart.posToVal(x, 'x'));
        latest.props().onZoom?.({ from: Math.max(0, at(left)), to: at(left + width) });
        chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      },
    ],
    ready: [
      (chart) => {
        let down = 0;
        chart.over.addEventListener('pointerdown', (event) => (down = event.clientX));
        chart.over.addEventListener('click', (event) => {
          if (Math.abs(event.clientX - down) < leastStroke)
            latest
              .props()
              .onPick?.(Math.round(chart.posToVal(event.clientX - chart.over.getBoundingClientRect().left, 'x')));
        });
        chart.over.addEventListener('dblclick', () => latest.props().onZoom?.(null));
      },
    ],
    drawAxes: [(chart) => drawMarks(chart, latest.drawn().marks ?? [], latest.drawn().moment ?? null)],
  };
}

function options(props: LineChartProps, width: number, latest: Latest): uPlot.Options {
  const axis = {
    stroke: variable('--muted'),
    grid: { stroke: variable('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  const few = props.iterations.length < 2;
  return {
    width,
    height: props.height,
    series: [{}, ...props.lines.flatMap((line) => seriesOf(line, few))],
    bands: props.lines.map(({ color }, i) => ({
      series: [seriesPerLine * i + 2, seriesPerLine * i + 1] as uPlot.Band.Bounds,
      fill: (chart: uPlot) => `color-mix(in oklab, ${variable(color)(chart)} 18%, transparent)`,
    })),
    legend: { show: false },
    padding: [8, 20, 0, 0],
    scales: {
      x: { time: false, range: (_, low, high) => rangeOf(latest.range(), low, high) },
      y: yScale(props.logScale, props.lines),
    },
    axes: [
      {
        ...axis,
        size: 28,
        space: 64,
        values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? formatShort(tick) : '')),
      },
      { ...axis, size: 52, space: 28, values: (_, ticks) => ticks.map(axisText) },
    ],
    cursor: cursorOptions(props.syncKey),
    hooks: hooksOf(latest),
  };
}

function rangeOf(range: ChartRange | null, low: number, high: number): [number, number] {
  if (range) return [range.from, Math.max(range.to, range.from + 1)];
  return [low, high > low ? high : low + 1];
}

function table(iterations: readonly number[], lines: readonly ChartLine[]): uPlot.AlignedData {
  return [
    iterations,
    ...lines.flatMap(({ raw, low = raw, high = raw, smoothed }) => [low, high, smoothed]),
  ] as uPlot.AlignedData;
}

function Plot(props: LineChartProps) {
  const { iterations, lines, range = null, marks, moment = null } = props;
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef(props);
  /** What the chart's own callbacks draw. */
  const shown = useRef(range);
  const drawn = useRef({ marks, moment });
  useLayoutEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    const element = holder.current;
    if (!element) return undefined;
    const width = () => Math.max(element.clientWidth, leastWidth);
    const current = latest.current;
    const plot = new uPlot(
      options(current, width(), {
        props: () => latest.current,
        range: () => shown.current,
        drawn: () => drawn.current,
      }),
      table(current.iterations, current.lines),
      element,
    );
    chart.current = plot;
    const observer = new ResizeObserver(() => plot.setSize({ width: width(), height: latest.current.height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawNoMore(plot);
      plot.destroy();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    const plot = chart.current;
    if (!plot) return;
    drawSoon(plot, () => {
      shown.current = range;
      plot.setData(table(iterations, lines));
      lines.forEach(({ visible }, i) => {
        for (let series = seriesPerLine * i + 1; series <= seriesPerLine * (i + 1); series += 1) {
          if (plot.series[series]?.show !== visible) plot.setSeries(series, { show: visible });
        }
      });
    });
  }, [iterations, lines, range]);

  useEffect(() => {
    drawn.current = { marks, moment };
    chart.current?.redraw(false);
  }, [marks, moment]);

  return <div ref={holder} aria-hidden className="w-full min-w-0" style={{ height: props.height }} />;
}

/** A new plot only where its structure changes; data, visibility and size are updated in place. */
export function LineChart(props: LineChartProps) {
  const structure = `${props.lines.map(({ name, color }) => name + color).join()}|${props.logScale}|${props.height}|${props.syncKey}|${props.theme}`;
  return <Plot key={structure} {...props} />;
}
