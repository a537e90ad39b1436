/**
 * Pictures on demand: of the run's generator as it stands, or of a checkpoint that was opened by itself, without any
 * data. Where the pictures of the run are there, the real picture that lies nearest to a sample is found by CLIP.
 */
import { readCheckpoint } from '../../lcp/checkpoint/checkpoint';
import { checkpointSampler } from '../../lcp/checkpoint/checkpointSampler';
import { latentDirections } from '../../lcp/training/latentDirections';
import { Sampler, toRgba } from '../../lcp/training/sampling';
import { StudioError } from '../../shared/errors';
import { imageIndex } from '../../shared/indices';
import { normalize } from '../../shared/linearAlgebra';
import { toBytes } from '../evaluation/evaluateDraw';
import { clipAsNetwork } from '../evaluation/evaluateNetworks';
import type { AskedRun } from '../clip/askClip';
import type { Arguments } from '../protocol/commands';
import type { Drawn, GeneratorFacts, NearestReal } from './drawn';

/** A generator that can draw now. */
export interface DrawingSource {
  facts: GeneratorFacts;
  /** Work that draws, when nobody else uses the GPU. */
  drawing<T>(work: (pictures: Sampler['pictures']) => Promise<T>): Promise<T>;
  /** Null without data. */
  reals: (Pick<AskedRun, 'features'> & { clip: Parameters<typeof clipAsNetwork> }) | null;
}

export interface OpenedCheckpoint extends DrawingSource {
  dispose(): void;
}

/** Opens a checkpoint on the engine in use. @throws StudioError format */
export async function openCheckpoint(file: Blob): Promise<OpenedCheckpoint> {
  const checkpoint = readCheckpoint(new Uint8Array(await file.arrayBuffer()));
  const { config, classes, slots } = checkpoint;
  // Only `refresh` asks for conditions: a checkpoint brings its statistics.
  const { sampler, latent, resolution, kimg, dispose } = checkpointSampler(
    checkpoint,
    (count) => new Float32Array(count * slots.length),
  );
  return {
    facts: { config, classes, slots, latent, resolution, kimg, hasReals: false },
    drawing: (work) => work((z, u, style) => sampler.pictures(z, u, style)),
    reals: null,
    dispose,
  };
}

/** @throws StudioError protocol where z and u are no rows of this generator @throws RangeError for styles that it has not */
export async function draw({ facts, drawing, reals }: DrawingSource, asked: Arguments<'draw'>): Promise<Drawn> {
  const { z, u, nearest, truncation = 1, mixed } = asked;
  const fits = (rows: { z: Float32Array; u: Float32Array }): boolean =>
    rows.z.length === z.length &&
    z.length % facts.latent === 0 &&
    z.length / facts.latent === rows.u.length / facts.slots.length;
  if (!fits(asked) || (mixed && !fits(mixed)))
    throw new StudioError({
      code: 'protocol',
      what: 'Those are no latents of this generator.',
      why: '',
      action: 'Open the playground anew.',
    });
  const pixels = await drawing((pictures) => pictures(z, u, { truncation, ...(mixed ? { mixed } : {}) }));
  const found = nearest && reals ? await nearestReals(pixels, facts.resolution, reals) : null;
  return { rgba: toRgba(pixels), size: facts.resolution, nearest: found };
}

async function nearestReals(
  pixels: Float32Array,
  size: number,
  { features, clip }: NonNullable<DrawingSource['reals']>,
): Promise<NearestReal[]> {
  const network = clipAsNetwork(...clip);
  const d = network.identity.dim;
  const own = Float32Array.from(await network.features(toBytes(pixels), size));
  return Array.from({ length: own.length / d }, (_, row) => {
    const unit = own.subarray(row * d, (row + 1) * d);
    normalize(unit);
    let best = { image: 0, cosine: Number.NEGATIVE_INFINITY };
    for (let image = 0; image < features.length / d; image += 1) {
      let cosine = 0;
      for (let j = 0; j < d; j += 1) cosine += (unit[j] as number) * (features[image * d + j] as number);
      if (cosine > best.cosine) best = { image, cosine };
    }
    return { image: imageIndex(best.image), cosine: best.cosine };
  });
}

export function directionsOf(
  { facts, drawing }: DrawingSource,
  { u, count }: Arguments<'directions'>,
): Promise<Float32Array> {
  const { latent, resolution } = facts;
  return drawing((pictures) => latentDirections({ pictures, latent, resolution, u, count, seed: 1 }));
}
