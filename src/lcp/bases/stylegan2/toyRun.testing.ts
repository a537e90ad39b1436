/** The smallest trainer of StyleGAN2-ADA, on the trainers' toy data. */
import { presets } from '../../../shared/config';
import { GanTrainer } from '../../training/ganTrainer';
import { oneHotRows, toyClassCount, toyDataset, toyPrompts, toySlots, toyTower } from '../../training/gan.testing';
import { Sampler } from '../../training/sampling';
import type { StyleGan2Config } from './facts';

const { augment, ...preset } = presets.stylegan2Tiny;
export const styleToyConfig: StyleGan2Config = {
  ...preset,
  preset: 'custom',
  batch: 4,
  channels: { base: 256, most: 8 },
  generator: { latent: 6, mappingLayers: 2, joined: false },
  r1: { gamma: 0.01, every: 2, parts: 1 },
  conditioning: { rampStart: 0, rampEnd: 0 },
  clipHead: { weight: 1, startFraction: 0, startMaxKimg: 0, rampFraction: 0, tokenHeads: 'none' },
  augment: { ...augment, mode: 'ada', adaKimg: 0.05 },
  ema: { halfLifeKimg: 500, startKimg: 0, rampUp: 0.05 },
};
const made: { dispose: () => void }[] = [];

export function makeTrainer(eager = false, settings: StyleGan2Config = styleToyConfig): GanTrainer {
  const dataset = toyDataset();
  const trainer = new GanTrainer({
    config: settings,
    slots: toySlots,
    classCount: toyClassCount,
    dataset,
    clip: { branch: toyTower, promptFeatures: toyPrompts() },
    eager,
  });
  made.push(trainer, dataset);
  return trainer;
}

export function samplerOf({ networks }: GanTrainer): Sampler {
  const drawConditions = (count: number): Float32Array => oneHotRows(Array.from({ length: count }, () => 0));
  const { seed, batch } = styleToyConfig;
  return new Sampler({
    networks,
    slots: toySlots,
    classCount: toyClassCount,
    seed,
    columns: 2,
    batch,
    drawConditions,
  });
}

/** Ends all that was made. */
export function disposeMade(): void {
  for (const thing of made.splice(0)) thing.dispose();
}
