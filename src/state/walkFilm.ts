/**
 * A walk as a reel for `makeFilm`: a few samples side by side, each on a round trip of its own through some latents; or,
 * where two conditions are mixed, each staying at its latent while the condition goes from the first to the second and
 * back. Frames are drawn when they are filmed, a few at a time.
 */
import { walk } from './latents';
import { enlargement, even, type Reel } from './film';
import type { DrawnTiles } from './playgroundState';

/** Samples in a frame: two by two. */
export const walkers = 4;
const framesASecond = 24;
const keys = 4;
const framesAKey = 24;
/** Frames that are drawn by one call. */
const framesAtOnce = 16;
const mostEnlarged = 8;
const gap = 2;

/** What is drawn for some frames: walker after walker inside of each. */
export interface WalkPart {
  z: Float32Array;
  /** Share of the second condition, in [0, 1]. */
  share: number;
}

export interface Walk {
  frames: number;
  /** Frames that are drawn by one call: all of a part have one share. */
  framesAPart: number;
  part: (first: number, count: number) => WalkPart;
}

/** @param starts [walkers x `keys`, latent]: those of the first walker, then those of the next */
function throughLatents(starts: Float32Array, latent: number, share: number): Walk {
  const frames = keys * framesAKey;
  const own = Array.from({ length: walkers }, (_, i) =>
    walk(starts.subarray(i * keys * latent, (i + 1) * keys * latent), latent, frames),
  );
  return {
    frames,
    framesAPart: framesAtOnce,
    part: (first, count) => {
      const z = new Float32Array(count * walkers * latent);
      for (let frame = 0; frame < count; frame += 1)
        own.forEach((rows, i) => {
          const row = rows.subarray((first + frame) * latent, (first + frame + 1) * latent);
          z.set(row, (frame * walkers + i) * latent);
        });
      return { z, share };
    },
  };
}

/** There and back, slowest at both ends. */
function throughMix(starts: Float32Array, latent: number): Walk {
  const frames = keys * framesAKey;
  const z = Float32Array.from({ length: walkers * latent }, (_, i) => {
    const [walker, column] = [Math.floor(i / latent), i % latent];
    return starts[walker * keys * latent + column] ?? 0;
  });
  const part = (frame: number): WalkPart => ({ z, share: (1 - Math.cos((2 * Math.PI * frame) / frames)) / 2 });
  return { frames, framesAPart: 1, part };
}

/** How many latents `walkOf` takes. */
export const walkStarts = walkers * keys;

/** @param mixed the walk leads from one condition to the other */
export function walkOf(
  starts: Float32Array,
  latent: number,
  { mixed, share }: { mixed: boolean; share: number },
): Walk {
  return mixed ? throughMix(starts, latent) : throughLatents(starts, latent, share);
}

/** @param draw tiles of a part, walker after walker and frame after frame */
export function walkReel(
  { frames, framesAPart, part }: Walk,
  size: number,
  draw: (part: WalkPart) => Promise<DrawnTiles>,
  onProgress: Reel['onProgress'],
): Reel {
  const side = 2 * size + gap;
  const scale = enlargement(side, mostEnlarged);
  let held: { first: number; tiles: DrawnTiles } | null = null;
  const small = new OffscreenCanvas(side, side);
  const paper = small.getContext('2d');
  return {
    width: even(side * scale),
    height: even(side * scale),
    count: frames,
    framesASecond,
    // A round trip: the film begins anew where it ends.
    lastSeconds: 1 / framesASecond,
    draw: async (context, index) => {
      const first = index - (index % framesAPart);
      if (held?.first !== first)
        held = { first, tiles: await draw(part(first, Math.min(framesAPart, frames - first))) };
      const { tiles } = held;
      for (let i = 0; i < walkers; i += 1) {
        const tile = new ImageData(tiles.tile((index - first) * walkers + i), size, size);
        paper?.putImageData(tile, (i % 2) * (size + gap), Math.floor(i / 2) * (size + gap));
      }
      context.imageSmoothingEnabled = false;
      context.drawImage(small, 0, 0, side * scale, side * scale);
    },
    onProgress,
  };
}
