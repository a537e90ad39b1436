/**
 * What the playground asks a generator for: latents by a seed, moved along directions, and conditions that mix two
 * classes or clusters; and the way from one latent to the next in a walk. Plain numbers, no session.
 */
import type { Slot } from '../shared/domain';
import { joinedFloats } from '../shared/joined';
import { CounterRandom } from '../shared/rng';

const latentStream = 70;

/** A whole class, its clusters in equal parts, or one cluster. */
export type Choice = { kind: 'class'; classIndex: number } | { kind: 'slot'; slot: number };

/** One weight a slot, [S], summing to 1. */
export function conditionOf(choice: Choice, slots: readonly Slot[]): Float32Array {
  const own = slots.filter((each) =>
    choice.kind === 'slot' ? each.slot === choice.slot : each.classIndex === choice.classIndex,
  );
  const u = new Float32Array(slots.length);
  for (const { slot } of own) u[slot] = 1 / own.length;
  return u;
}

/** @param share of `to`, in [0, 1] */
export function mixed(from: Float32Array, to: Float32Array, share: number): Float32Array {
  return from.map((value, i) => (1 - share) * value + share * (to[i] ?? 0));
}

/**
 * Standard normal latents, [count, latent]. @param truncation numbers further from 0 than this are drawn anew; null
 * draws them all
 */
export function latents(count: number, latent: number, seed: number, truncation: number | null): Float32Array {
  const random = new CounterRandom(seed, latentStream);
  const limit = truncation ?? Number.POSITIVE_INFINITY;
  const next = (): number => {
    for (;;) {
      const value = random.normal();
      if (Math.abs(value) <= limit) return value;
    }
  };
  return Float32Array.from({ length: count * latent }, next);
}

/** All rows moved. @param directions unit rows, [k, latent] @param amounts k numbers */
export function movedAlong(
  z: Float32Array,
  latent: number,
  directions: Float32Array | null,
  amounts: readonly number[],
): Float32Array {
  if (!directions) return z;
  return z.map((value, i) => {
    const column = i % latent;
    return amounts.reduce((sum, amount, k) => sum + amount * (directions[k * latent + column] ?? 0), value);
  });
}

/** Latents [n, latent] of one condition [S]. */
export interface Samples {
  z: Float32Array;
  u: Float32Array;
}

/**
 * A grid in which each row's sample is mixed with each column's: first the columns' samples by themselves, then row
 * after row, the row's sample by itself before its mixtures.
 * @returns z and u of what the pictures begin with, and of what they go on with; the same for samples by themselves
 */
export function mixedGrid(rows: Samples, columns: Samples, latent: number): { first: Samples; second: Samples } {
  const each = ({ z, u }: Samples): Samples[] =>
    Array.from({ length: z.length / latent }, (_, i) => ({ z: z.subarray(i * latent, (i + 1) * latent), u }));
  const above = each(columns);
  const pairs = [
    ...above.map((column) => [column, column] as const),
    ...each(rows).flatMap((row) => [[row, row] as const, ...above.map((column) => [row, column] as const)]),
  ];
  const joint = (which: 0 | 1): Samples => ({
    z: joinedFloats(pairs.map((pair) => pair[which].z)),
    u: joinedFloats(pairs.map((pair) => pair[which].u)),
  });
  return { first: joint(0), second: joint(1) };
}

/** Along the sphere, since latents lie near one: straight through its middle lie pictures that are no samples. */
function between(a: Float32Array, b: Float32Array, share: number): Float32Array {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  const cosine = dot(a, b) / (Math.sqrt(dot(a, a) * dot(b, b)) || 1);
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const sine = Math.sin(angle);
  if (sine < 1e-4) return mixed(a, b, share);
  const [own, other] = [Math.sin((1 - share) * angle) / sine, Math.sin(share * angle) / sine];
  return a.map((value, i) => own * value + other * (b[i] ?? 0));
}

/** A round trip through the rows of `keys` in equal parts, ending before its beginning: [frames, latent]. */
export function walk(keys: Float32Array, latent: number, frames: number): Float32Array {
  const count = keys.length / latent;
  const row = (i: number): Float32Array => keys.subarray((i % count) * latent, ((i % count) + 1) * latent);
  const out = new Float32Array(frames * latent);
  for (let frame = 0; frame < frames; frame += 1) {
    const at = (frame * count) / frames;
    out.set(between(row(Math.floor(at)), row(Math.floor(at) + 1), at % 1), frame * latent);
  }
  return out;
}
