/**
 * What two or more runs are compared by: curves on one axis, and the settings in which they differ. The axis is the
 * number of pictures that the networks have been shown, because batches may differ.
 */
import type { AboutRecord, RunRecord } from '../../session/saving/runRecord';
import { restoreConfig } from '../../shared/config';

/** Points of an overlaid chart. */
const chartPoints = 300;

export interface OverlaidCurves {
  /** Pictures shown, ascending whole numbers. */
  pictures: number[];
  /** A curve a run; null outside of its course. */
  curves: (number | null)[][];
}

/** The value of a curve at `x`, between its points; null outside of them. */
function valueAt(points: readonly { x: number; y: number }[], x: number): number | null {
  const after = points.findIndex((point) => point.x >= x);
  const right = points[after];
  if (!right) return null;
  const left = points[after - 1];
  if (!left) return right.x === x ? right.y : null;
  return left.y + ((right.y - left.y) * (x - left.x)) / (right.x - left.x || 1);
}

/** The statistics that at least one of the runs has, in their order. */
export function sharedStatistics(records: readonly Pick<RunRecord, 'history'>[]): string[] {
  return [...new Set(records.flatMap(({ history }) => Object.keys(history.at(-1)?.values ?? {})))];
}

export function overlaid(records: readonly Pick<RunRecord, 'history'>[], statistic: string): OverlaidCurves {
  const lines = records.map(({ history }) =>
    history.flatMap(({ kimg, values }) => {
      const y = values[statistic];
      return y === undefined || !Number.isFinite(y) ? [] : [{ x: Math.round(1000 * kimg), y }];
    }),
  );
  const ends = lines.flatMap((points) => [points[0]?.x, points.at(-1)?.x]).filter((x) => x !== undefined);
  if (ends.length === 0) return { pictures: [], curves: records.map(() => []) };
  const [first, last] = [Math.min(...ends), Math.max(...ends)];
  const even = Array.from({ length: chartPoints }, (_, i) =>
    Math.round(first + ((last - first) * i) / (chartPoints - 1)),
  );
  const pictures = [...new Set([...even, ...ends])].toSorted((a, b) => a - b);
  return { pictures, curves: lines.map((points) => pictures.map((x) => valueAt(points, x))) };
}

export interface ConfigDifference {
  path: string;
  /** One a run; undefined where its base model has no such setting. */
  values: (string | number | boolean | undefined)[];
}

function leaves(value: unknown, path = ''): [string, string | number | boolean][] {
  if (typeof value !== 'object' || value === null)
    return value === null || value === undefined ? [] : [[path, value as string]];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, path ? `${path}.${key}` : key));
}

/** A run's CLIPs, as they are kept with it. */
type Judged = Pick<AboutRecord, 'clip' | 'critic'>;

/** What the differences between runs' CLIPs are called. */
export const clipNames: readonly (readonly [string, string])[] = [
  ['clip', 'CLIP that looks at the pictures'],
  ['critic', 'CLIP that judges samples'],
];

/** Where the runs' CLIPs differ, as settings do. */
export function clipDifferences(runs: readonly Judged[]): ConfigDifference[] {
  const differences = [
    { path: 'clip', values: runs.map(({ clip }) => clip) },
    { path: 'critic', values: runs.map(({ clip, critic }) => critic ?? clip) },
  ];
  return differences.filter(({ values }) => new Set(values).size > 1);
}

/** The settings in which the configurations differ, by their paths. */
export function configDifferences(configs: readonly unknown[]): ConfigDifference[] {
  // What an earlier version stored lacks fields that are as they always were.
  const flat = configs.map((config) => new Map(leaves(restoreConfig(config) ?? config)));
  const paths = [...new Set(flat.flatMap((fields) => [...fields.keys()]))];
  return paths
    .map((path) => ({ path, values: flat.map((fields) => fields.get(path)) }))
    .filter(({ path, values }) => path !== 'preset' && path !== 'version' && new Set(values).size > 1);
}
