/** What a run's critic decides on, and what the CLIP that looks at the pictures does not. */
import { afterAll, expect, it } from 'vitest';
import type { ClipModel } from '../../clip/model';
import { testEngine } from '../../gpu/testing/testEngine';
import { neg, type Tensor2D, type Tensor4D } from '../../gpu/tensor';
import { SparseRows } from '../../lcp/partition/sparseRows';
import {
  oneHotRows,
  toyBatch,
  toyClassCount,
  toyConfig,
  toyPixels,
  toyPrompts,
  toySlots,
  toyTower,
  towerDim,
} from '../../lcp/training/gan.testing';
import type { Critic } from '../clip/critic';
import { HealthBoard } from '../health/healthBoard';
import { Training, type TrainingOptions } from './training';
import { emptyMemory } from './trainingMemory';

const imageCount = 24;
const labels = Int32Array.from({ length: imageCount }, (_, i) => (i % 3 === 2 ? 1 : 0));
const config = toyConfig({
  conditioning: { rampStart: 0, rampEnd: 0 },
  clipHead: { weight: 1, startFraction: 0, startMaxKimg: 0, rampFraction: 0, tokenHeads: 'none' },
});
const made: Training[] = [];
afterAll(() => {
  for (const training of made) training.dispose();
});

/** A stand-in for CLIP. @param encode its image tower. @param dim numbers a picture */
function tower(encode: (pixels: Tensor4D) => Tensor2D, dim = towerDim): Critic {
  return {
    model: { imageSize: toyTower.imageSize, dim } as ClipModel,
    image: { encode, imageSize: toyTower.imageSize, blocks: 0 } as Critic['image'],
  };
}

/** Statistics of the first iteration of a run with these two CLIPs. */
async function firstIteration(eyes: Critic, critic: Critic): Promise<Record<string, number>> {
  const engine = await testEngine();
  const emit = (): void => undefined;
  const trust = new Float32Array(imageCount).fill(1);
  const u = SparseRows.fromDense(oneHotRows(Array.from(labels.keys(), (image) => image % 3)), toySlots.length);
  const options = {
    config,
    engine,
    ports: { emit },
    board: new HealthBoard(emit),
    memory: emptyMemory(),
    labels: { codes: { atStart: labels, applied: labels } },
    dataset: {
      summary: { classes: ['red', 'blue'], imageCount, resolution: 32 },
      pixels: toyPixels(),
      labels,
    },
    knowledge: {
      conditions: { u, w: trust },
      inference: { probabilities: new Float32Array(imageCount * toyClassCount).fill(0.5), trust },
      partition: { slots: toySlots },
      promptFeatures: toyPrompts(9),
    },
    clip: eyes,
    critic,
    warmStart: null,
  } as unknown as TrainingOptions;
  const training = new Training(options);
  made.push(training);
  training.trainer.iterate(toyBatch(config, 0));
  return training.trainer.readStats();
}

it('judges samples through the critic alone', async () => {
  const other = (pixels: Tensor4D): Tensor2D => neg(toyTower.encode(pixels));
  const unseen = (): Tensor2D => {
    throw new Error('the CLIP that looks at the pictures was asked for its judgement');
  };
  const [eyes, blind] = [tower(toyTower.encode, 9), tower(unseen, 9)];
  const stats = await firstIteration(eyes, tower(toyTower.encode));
  // So few pictures halve the head's weight.
  expect(stats['lambdaClip']).toBe(0.5);
  // The same prompts, seen by other eyes.
  expect(await firstIteration(blind, tower(toyTower.encode))).toEqual(stats);
  const judged = await firstIteration(eyes, tower(other));
  for (const name of ['clipReal', 'lossD', 'lossG']) expect(judged[name], name).not.toBe(stats[name]);
});
