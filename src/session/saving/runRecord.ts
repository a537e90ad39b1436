/**
 * What is left of a run to look at and to compare: its settings, its curves, its newest samples. A record is small
 * (below a megabyte, mostly samples), so it stays when the run's networks have made room for newer runs.
 */
import type { SampleGrid } from '../../lcp/training/sampling';
import type { RunConfig } from '../../shared/config';
import { UNLABELED, type Slot, type StatPoint } from '../../shared/domain';
import type { RunTitle } from '../protocol/commands';
import type { AboutRun, SavedRun } from './savedRun';

/** What is said of a run without its record being read. */
export interface AboutRecord extends Pick<AboutRun, 'id' | 'iteration' | 'iterations' | 'kimg' | 'savedAt' | 'bytes'> {
  title: RunTitle | null;
  /** As it was stored: an earlier version's lacks fields. */
  config: RunConfig;
  /** Id in the manifest, or `file:` and the beginning of the hash. */
  clip: string;
  /** Id of the listed CLIP that judges samples; absent where that is `clip`. */
  critic?: string | undefined;
  classes: readonly string[];
  imageCount: number;
  labeledCount: number;
  /** Of the record itself, roughly; absent where an earlier version wrote it. */
  recordBytes?: number | undefined;
}

export interface RunRecord {
  history: StatPoint[];
  grid: (SampleGrid & { iteration: number }) | null;
  slots: readonly Slot[];
}

/** Points kept of the curves: as many as a chart is wide. */
const keptPoints = 1500;

export function aboutRecord({ identity, title, ...rest }: AboutRun): AboutRecord {
  return {
    ...rest,
    title: title ?? null,
    config: identity.config,
    clip: identity.clip.id,
    critic: identity.critic?.id,
    classes: identity.classes,
    imageCount: identity.pictures.length,
    labeledCount: identity.labels.reduce((sum, label) => sum + Number(label !== UNLABELED), 0),
  };
}

/** Evenly spread points, first and last among them. */
export function thinned<T>(points: readonly T[], most = keptPoints): T[] {
  if (points.length <= most) return [...points];
  return Array.from({ length: most }, (_, i) => points[Math.round((i * (points.length - 1)) / (most - 1))] as T);
}

/** Of the samples, and of the curves as 8 bytes a number; all else is little beside them. */
export function bytesOfRecord({ history, grid }: RunRecord): number {
  const numbers = history.reduce((sum, { values }) => sum + 2 + Object.keys(values).length, 0);
  return 8 * numbers + (grid?.rgba.byteLength ?? 0);
}

export function recordOf({ history, grid, knowledge }: SavedRun): RunRecord {
  return { history: thinned(history), grid: grid ?? null, slots: knowledge.partition.slots };
}
