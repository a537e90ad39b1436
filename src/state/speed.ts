/**
 * How long a configuration takes on this machine, from what was measured on it: iterations of a benchmark, or of a run.
 * A configuration that was not measured is estimated from the measured one that is most like it, by the work of both.
 */
import { allBaseFacts } from '../lcp/bases/facts';
import { presets, totalIterations, imagesPerIteration, type PresetId, type RunConfig } from '../shared/config';
import { trainingWork } from './modelSize';

/** Seconds an iteration of a preset takes here. */
export type Measured = Partial<Record<PresetId, number>>;

export interface TimeEstimate {
  /** Seconds of the whole run, without the preparation. */
  whole: number;
  /** Seconds until samples can be recognised; null where the run is too short for that. */
  recognisable: number | null;
  /** True where that is not known of this base model, and BigGAN's pace was taken. */
  borrowed: boolean;
  /** False where it was worked out from another configuration's measure. */
  measured: boolean;
}

/** The preset that is proposed shows something within this time, and ends by the next morning. */
export const patienceSeconds = 15 * 60;
export const nightSeconds = 12 * 3600;

/** The arithmetic of an iteration, in operations. */
export function workOf(config: RunConfig): number {
  return trainingWork(config) / totalIterations(config);
}

/** What an iteration takes, and whether that was measured. Null where nothing was. */
function secondsOf(config: RunConfig, measured: Measured): { seconds: number; measured: boolean } | null {
  const own = config.preset === 'custom' ? undefined : measured[config.preset];
  if (own !== undefined) return { seconds: own, measured: true };
  const work = workOf(config);
  const distance = (preset: PresetId) => Math.abs(Math.log(workOf(presets[preset]) / work));
  const known = (Object.entries(measured) as [PresetId, number][]).toSorted(([a], [b]) => distance(a) - distance(b));
  const [nearest] = known;
  return nearest ? { seconds: (nearest[1] * work) / workOf(presets[nearest[0]]), measured: false } : null;
}

export function estimateTime(config: RunConfig, measured: Measured): TimeEstimate | null {
  const found = secondsOf(config, measured);
  if (!found) return null;
  const own = allBaseFacts[config.base].recognisableKimg;
  const kimg = own ?? allBaseFacts.biggan.recognisableKimg;
  // Larger pictures take longer in their measure.
  const needed = kimg === null ? Infinity : kimg * (config.resolution / 32);
  const perKimg = (1000 / imagesPerIteration(config)) * found.seconds;
  return {
    whole: totalIterations(config) * found.seconds,
    recognisable: needed <= config.kimg ? needed * perKimg : null,
    borrowed: own === null,
    measured: found.measured,
  };
}

/**
 * The largest preset whose samples can be recognised within a quarter of an hour here and that ends within a night. Of
 * those that show something soon and none of which ends in time, the shortest: it can be stopped. The smallest where
 * none shows anything soon.
 */
export function proposedPreset(measured: Measured, offered: readonly PresetId[]): PresetId | null {
  if (Object.keys(measured).length === 0) return null;
  const byWork = offered.toSorted((a, b) => workOf(presets[a]) - workOf(presets[b]));
  const timed = byWork.map((preset) => ({ preset, estimate: estimateTime(presets[preset], measured) }));
  const soon = timed.filter(({ estimate }) => (estimate?.recognisable ?? Infinity) <= patienceSeconds);
  const wholeOf = ({ estimate }: (typeof timed)[number]): number => estimate?.whole ?? Infinity;
  const inTime = soon.filter((each) => wholeOf(each) <= nightSeconds);
  const shortest = soon.toSorted((a, b) => wholeOf(a) - wholeOf(b))[0];
  return (inTime.at(-1) ?? shortest)?.preset ?? byWork[0] ?? null;
}
