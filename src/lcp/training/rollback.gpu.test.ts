/**
 * NaN and infinity planted where they may come from: found within 16 iterations, kept out of every snapshot, and left
 * behind by going back.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { GpuDataset } from '../../gpu/dataset/dataset';
import { testEngine } from '../../gpu/testing/testEngine';
import { mul, tensor4d, type Tensor4D } from '../../gpu/tensor';
import type { RunConfig } from '../../shared/config';
import { DivergenceWatch } from './divergence';
import { GanTrainer } from './ganTrainer';
import type { PictureSource } from './step';
import type { TrainerState } from './trainerState';
import { toyBatch, toyClassCount, toyConfig, toyDataset, toySlots } from './gan.testing';
import { firstNonFinite, SnapshotRing } from './snapshots';

const made: { dispose: () => void }[] = [];
const config: RunConfig = toyConfig({ batch: 2 });

function makeTrainer(wrap: (pictures: GpuDataset) => PictureSource = (pictures) => pictures): GanTrainer {
  const pictures = toyDataset();
  const trainer = new GanTrainer({
    config,
    slots: toySlots,
    classCount: toyClassCount,
    dataset: wrap(pictures),
    clip: null,
  });
  made.push(trainer, pictures);
  return trainer;
}

function planted(state: TrainerState, tensor: string, value: number): TrainerState {
  const tensors = new Map(state.tensors);
  const old = tensors.get(tensor);
  if (!old) throw new RangeError(tensor);
  tensors.set(tensor, { shape: old.shape, data: old.data.with(0, value) });
  return { ...state, tensors };
}

function differing(a: TrainerState, b: TrainerState): string[] {
  return [...a.tensors]
    .filter(([name, { data }]) => !data.every((value, i) => Object.is(value, b.tensors.get(name)?.data[i])))
    .map(([name]) => name);
}

const iterate = (trainer: GanTrainer, count: number): void => {
  for (let i = 0; i < count; i += 1) trainer.iterate(toyBatch(config, trainer.draws));
};

async function verdict(trainer: GanTrainer): Promise<string> {
  return new DivergenceWatch().judge({ iteration: trainer.iteration, kimg: 0, values: await trainer.readStats() })
    .vital;
}

afterEach(() => {
  for (const thing of made.splice(0)) thing.dispose();
});

describe('planted values', () => {
  it.each([
    ['a generator weight', 'generator/block1.conv0.weight', NaN],
    ['a discriminator weight', 'discriminator/block0.conv0.weight', Infinity],
    ['a bias behind a ReLU', 'discriminator/block1.bias1', NaN],
    // Moments and the like are no weights, but they turn into ones.
    ['a moment', 'generatorAdam/v.output.conv.weight', NaN],
  ])('in %s', async (_, tensor, value) => {
    await testEngine();
    const trainer = makeTrainer();
    iterate(trainer, 1);
    const good = await trainer.exportState();
    expect(await verdict(trainer)).toBe('fine');
    trainer.importState(planted(good, tensor, value));
    iterate(trainer, 2);
    expect(await verdict(trainer)).toBe('diverged');
    const bad = await trainer.exportState();
    expect(firstNonFinite(bad)).not.toBeNull();
    expect(() => new SnapshotRing().add({ trainer: bad, cursor: { epoch: 0, position: 0 } })).toThrow(RangeError);
    trainer.rollBack(good, 0.5);
    iterate(trainer, 2);
    expect(await verdict(trainer)).toBe('fine');
    expect(firstNonFinite(await trainer.exportState())).toBeNull();
  });

  it('in one picture, once, 15 iterations before anyone looks', async () => {
    await testEngine();
    // Picture 0 is multiplied by a number that overflows; all others by 1.
    const trainer = makeTrainer((pictures) => ({
      gather(indices, flips): Tensor4D {
        const images = pictures.gather(indices, flips);
        return mul(images, tensor4d([3.4e38, 1], [2, 1, 1, 1])) as Tensor4D;
      },
    }));
    iterate(trainer, 16);
    expect(await verdict(trainer)).toBe('diverged');
  });

  it('a gradient that was not finite for one step only is told at the next reading', async () => {
    await testEngine();
    const trainer = makeTrainer();
    iterate(trainer, 1);
    await trainer.readStats();
    const good = await trainer.exportState();
    trainer.importState(planted(good, 'discriminator/linear.bias', NaN));
    iterate(trainer, 1);
    trainer.importState(good);
    iterate(trainer, 15);
    expect((await trainer.readStats())['gradNonFinite']).toBeGreaterThan(0);
    iterate(trainer, 1);
    expect((await trainer.readStats())['gradNonFinite']).toBe(0);
  });
});

describe('going back', () => {
  it('goes on with other random numbers and lower rates; the same state restored goes on as before', async () => {
    await testEngine();
    const trainer = makeTrainer();
    iterate(trainer, 1);
    const good = await trainer.exportState();
    iterate(trainer, 1);
    const first = await trainer.exportState();

    trainer.importState(good);
    iterate(trainer, 1);
    expect(differing(first, await trainer.exportState())).toEqual([]);

    trainer.rollBack(good, 1);
    expect([trainer.iteration, trainer.draws]).toEqual([1, 2]);
    expect(differing(good, await trainer.exportState())).toEqual([]);
    iterate(trainer, 1);
    const other = await trainer.exportState();
    expect(differing(first, other)).toContain('generator/linear.weight');
    expect(other).toMatchObject({ iteration: 2, draws: 3, rateScale: 1 });

    // A state taken after a rollback carries what it takes to go on from there to the bit, elsewhere too.
    trainer.rollBack(good, 0.25);
    iterate(trainer, 1);
    const slower = await trainer.exportState();
    const moved = (state: TrainerState): number =>
      Math.abs(
        (state.tensors.get('generator/output.conv.bias')?.data[0] ?? NaN) -
          (good.tensors.get('generator/output.conv.bias')?.data[0] ?? NaN),
      );
    expect(moved(slower)).toBeLessThan(0.5 * moved(other));
    iterate(trainer, 1);
    const elsewhere = makeTrainer();
    elsewhere.importState(slower);
    iterate(elsewhere, 1);
    expect(differing(await trainer.exportState(), await elsewhere.exportState())).toEqual([]);
  });
});
