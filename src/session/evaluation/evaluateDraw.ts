/**
 * Samples for a measurement: latents and conditions by the measurement's own seed, conditions as training draws them
 * for its fakes (each that of a random trusted real), so that classes and clusters come at their natural frequency. The
 * same seed gives the same z and u at every point of every run with the same slots: what differs between two
 * measurements is the generator.
 */
import { SparseRows } from '../../lcp/partition/sparseRows';
import { streams } from '../../lcp/training/streams';
import type { Slot } from '../../shared/domain';
import { CounterRandom } from '../../shared/rng';
import type { PictureSet } from './evaluate';
import { joinedBytes } from '../../shared/joined';

export interface DrawInput {
  /** `Sampler.pictures`: z [n, latent], u [n, S] -> [n, side, side, 3] in [-1, 1]. */
  pictures(z: Float32Array, u: Float32Array): Promise<Float32Array>;
  drawConditions(count: number, random: CounterRandom): Float32Array;
  latent: number;
  slots: readonly Slot[];
  count: number;
  seed: number;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal | undefined;
}

/** Pictures between two looks at the signal. */
const BLOCK = 64;

export type DrawnSet = PictureSet & { slots: Int32Array };

export async function drawSamples({
  pictures,
  drawConditions,
  latent,
  slots,
  count,
  seed,
  onProgress,
  signal,
}: DrawInput): Promise<DrawnSet> {
  const normal = new CounterRandom(seed, streams.evaluationLatents);
  const z = Float32Array.from({ length: count * latent }, () => normal.normal());
  const u = drawConditions(count, new CounterRandom(seed, streams.evaluationConditions));
  const parts: Uint8Array[] = [];
  for (let from = 0; from < count; from += BLOCK) {
    signal?.throwIfAborted();
    const to = Math.min(count, from + BLOCK);
    parts.push(
      toBytes(
        await pictures(z.subarray(from * latent, to * latent), u.subarray(from * slots.length, to * slots.length)),
      ),
    );
    onProgress?.(to, count);
  }
  return { pixels: joinedBytes(parts), ...strongest(SparseRows.fromDense(u, slots.length), slots) };
}

/** [-1, 1] to bytes, as sample grids are drawn. */
export function toBytes(values: Float32Array): Uint8Array {
  return new Uint8Array(Uint8ClampedArray.from(values, (value) => (value + 1) * 127.5).buffer);
}

/** Heaviest class and slot of each condition; -1 where a row is empty, or where `trust` in it is 0. */
export function strongest(
  u: SparseRows,
  slots: readonly Slot[],
  trust?: Float32Array,
): { labels: Int32Array; slots: Int32Array } {
  const labels = new Int32Array(u.count).fill(-1);
  const heaviest = new Int32Array(u.count).fill(-1);
  const ofClass = new Float64Array(Math.max(...slots.map(({ classIndex }) => classIndex)) + 1);
  for (let row = 0; row < u.count; row += 1) {
    if (trust && !((trust[row] as number) > 0)) continue;
    ofClass.fill(0);
    let most = 0;
    u.forRow(row, (slot, mass) => {
      const classIndex = slots[slot]?.classIndex ?? 0;
      ofClass[classIndex] = (ofClass[classIndex] as number) + mass;
      if (mass > most) {
        most = mass;
        heaviest[row] = slot;
      }
    });
    if (most > 0) labels[row] = ofClass.indexOf(Math.max(...ofClass));
  }
  return { labels, slots: heaviest };
}
