/**
 * Whole iterations of training against PyTorch in float64 (scripts/stylegan2Iterations.py): from one state and the same
 * batches, two iterations of our trainer, captured as a run's are, give the reference's networks. They have both losses,
 * trust, a lambda that grows, style mixing, augmentation (which R1 looks through), its probability's step and R1's.
 *
 * 1e-4 of a parameter's largest value is the project's bound. Since two iterations move parameters by little more than
 * that, what they moved by is compared as well: to 1e-3, the project's bound for gradients, and what float32 rounds each
 * of few steps by, which is more than that where rates are small (the mapping's).
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GpuDataset } from '../../../gpu/dataset/dataset';
import { relativeError } from '../../../gpu/testing/arrays';
import { testEngine } from '../../../gpu/testing/testEngine';
import { golden } from '../../../nn/stylegan2/golden.testing';
import { presets } from '../../../shared/config';
import { toyClassCount, toySlots } from '../../training/gan.testing';
import { GanTrainer } from '../../training/ganTrainer';
import type { IterationBatch } from '../../training/trainingBatch';
import type { StyleGan2Config } from './facts';

const { numberOf, arraysOf, arrayOf } = golden('iterations');
const made: { dispose: () => void }[] = [];

beforeEach(() => testEngine());
afterEach(() => {
  for (const thing of made.splice(0)) thing.dispose();
});

function goldenConfig(): StyleGan2Config {
  const preset = presets.stylegan2;
  const [resolution, most, rate] = ['resolution', 'channels', 'rate'].map(numberOf) as [number, number, number];
  return {
    ...preset,
    preset: 'custom',
    seed: numberOf('seed'),
    // Less than the studio offers, and as good for this.
    resolution: resolution as 32,
    batch: numberOf('batch'),
    kimg: numberOf('kimg'),
    channels: { base: resolution * most, most },
    generator: { latent: numberOf('latent'), mappingLayers: 2, joined: false },
    deviationGroup: numberOf('group'),
    styleMixing: numberOf('mixing'),
    r1: { gamma: numberOf('gamma'), every: numberOf('r1Every'), parts: 1 },
    optimizer: {
      generatorRate: rate,
      discriminatorRate: rate,
      beta1: 0,
      beta2: numberOf('beta2'),
      epsilon: numberOf('epsilon'),
    },
    conditioning: { rampStart: numberOf('rampStart'), rampEnd: numberOf('rampEnd') },
    ema: { halfLifeKimg: numberOf('halfLifeKimg'), startKimg: 0, rampUp: numberOf('emaRampUp') },
    augment: {
      ...preset.augment,
      mode: 'ada',
      adaKimg: numberOf('adaKimg'),
      adaTarget: numberOf('adaTarget'),
    },
  };
}

function goldenDataset(): GpuDataset {
  const [count, side] = [numberOf('pictures'), numberOf('resolution')];
  const dataset = new GpuDataset({ count, height: side, width: side });
  dataset.set(0, Uint8Array.from(arrayOf('data', 'pixels').data));
  return dataset;
}

function goldenBatch(iteration: number): IterationBatch {
  const of = (name: string): Float32Array => Float32Array.from(arrayOf(`batch${iteration}`, name).data);
  const u = of('real');
  const w = of('trust');
  const discriminator = {
    indices: Int32Array.from(of('indices')),
    flips: of('flips'),
    w,
    wWrong: w,
    u,
    uFake: of('fake'),
    uWrong: u, // for the CLIP head alone
  };
  return { discriminator: [discriminator], generatorConditions: of('generator') };
}

it('StyleGAN2-ADA: two whole iterations of training give what PyTorch gives', async () => {
  const dataset = goldenDataset();
  const trainer = new GanTrainer({
    config: goldenConfig(),
    slots: toySlots,
    classCount: toyClassCount,
    dataset,
    clip: null,
  });
  made.push(trainer, dataset);
  const before = arraysOf('before');
  const fresh = await trainer.exportState();
  for (const name of before.keys()) expect(fresh.tensors.has(name), name).toBe(true);
  trainer.importState({ iteration: numberOf('start'), tensors: new Map([...fresh.tensors, ...before]) });

  for (let iteration = numberOf('start'); iteration < numberOf('end'); iteration++) {
    trainer.iterate(goldenBatch(iteration));
    const stats = await trainer.readStats();
    for (const name of ['lossD', 'lossG', ...(iteration % numberOf('r1Every') === 0 ? ['r1'] : [])])
      expect((stats[name] ?? NaN) / numberOf(`${name}${iteration}`), name).toBeCloseTo(1, 4);
  }

  const { tensors } = await trainer.exportState();
  for (const [name, { shape, data }] of arraysOf('after')) {
    const own = tensors.get(name)?.data ?? new Float32Array();
    const start = before.get(name)?.data ?? new Float32Array();
    expect(tensors.get(name)?.shape, name).toEqual(shape);
    expect(relativeError(own, data), name).toBeLessThanOrEqual(1e-4);
    const off = largest(data.map((value, i) => value - (own[i] ?? NaN)));
    const moved = largest(data.map((value, i) => value - (start[i] ?? NaN)));
    expect(off, name).toBeLessThanOrEqual(1e-3 * moved + roundings * largest(data));
  }
});

/** Half a unit in the last place, for the state that is stored, each of at most three steps, and the result. */
const roundings = 5 * 2 ** -24;

function largest(values: Iterable<number>): number {
  return Math.max(...Array.from(values, Math.abs));
}
