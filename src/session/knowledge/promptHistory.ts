/**
 * The course of each cluster's prompt over a run: an entry each time that prompts were learnt, with its words then and
 * how far its text feature had turned since. It lies on the cluster's card, so that it is saved with the run.
 */
import { rowCosine } from '../../shared/linearAlgebra';
import type { ClusterCard, PromptMoment } from '../../shared/domain';

/** The prompts before, row by row those that the present ones come of. */
export interface EarlierPrompts {
  /** Unit text features, [S, d]. */
  features: Float32Array;
  histories: readonly (readonly PromptMoment[])[];
}

/** Entries kept of a prompt; the first, which it began with, is always among them. */
const mostEntries = 60;

/** The first and the newest of a list, `most` in all. */
const thinned = <T>(all: readonly T[], most: number): T[] =>
  all.length > most ? [...all.slice(0, 1), ...all.slice(1 - most)] : [...all];

/** @param origins for each slot the slots before that it comes of */
export function earlierPrompts(
  cards: readonly Pick<ClusterCard, 'history'>[],
  features: Float32Array,
  d: number,
  origins: readonly (readonly number[])[],
): EarlierPrompts {
  const rows = new Float32Array(origins.length * d);
  origins.forEach(([from = 0], slot) => rows.set(features.subarray(from * d, (from + 1) * d), slot * d));
  return { features: rows, histories: origins.map(([from = 0]) => cards[from]?.history ?? []) };
}

/** All prompts as they were at a moment. */
export interface PromptsThen {
  iteration: number;
  /** Unit text features, [S, d], of the slots that there were. */
  features: Float32Array;
}

/** Moments kept of all prompts; refreshes come ten times in a run, and when labels change. */
const mostMoments = 24;

/** The moments with the present one at their end; of too many the second goes. */
export function promptPast(before: readonly PromptsThen[], now: PromptsThen): PromptsThen[] {
  return thinned([...before.filter(({ iteration }) => iteration < now.iteration), now], mostMoments);
}

/** The history of slot `slot` with the present moment at its end. @param features unit rows, [S, d] */
export function promptHistory(
  { context, words }: Pick<ClusterCard, 'context' | 'words'>,
  slot: number,
  features: Float32Array,
  d: number,
  iteration: number,
  earlier: EarlierPrompts | null,
): PromptMoment[] {
  const before = (earlier?.histories[slot] ?? []).filter((moment) => moment.iteration < iteration);
  const now: PromptMoment = {
    iteration,
    words: (words?.words ?? []).map(({ word }) => word),
    nearest: context.flatMap(([first]) => (first ? [first.word] : [])),
    turned: earlier && before.length > 0 ? angle(earlier.features, slot, features, slot, d) : null,
    apart: nearestOther(features, slot, d),
  };
  return thinned([...before, now], mostEntries);
}

/** Between two rows, in degrees. */
function angle(a: Float32Array, i: number, b: Float32Array, j: number, d: number): number {
  const cosine = rowCosine(a.subarray(i * d, (i + 1) * d), b.subarray(j * d, (j + 1) * d), d, 0);
  return (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;
}

function nearestOther(features: Float32Array, slot: number, d: number): number | null {
  const others = Array.from({ length: features.length / d }, (_, s) => s).filter((s) => s !== slot);
  return others.length > 0 ? Math.min(...others.map((s) => angle(features, slot, features, s, d))) : null;
}
