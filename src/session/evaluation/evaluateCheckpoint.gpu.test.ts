// A checkpoint draws the pictures that the run drew: the generator, its standing statistics and the conditions all come
// back.
import { describe, expect, it } from 'vitest';
import { buildCheckpoint, readCheckpoint } from '../../lcp/checkpoint/checkpoint';
import { randomCheckpoint } from '../../lcp/checkpoint/checkpoint.testing';
import { toyClassCount, toyConfig, toyDataset, toySlots } from '../../lcp/training/gan.testing';
import { GanTrainer } from '../../lcp/training/ganTrainer';
import { Sampler } from '../../lcp/training/sampling';
import { SparseRows } from '../../lcp/partition/sparseRows';
import { BatchComposer } from '../../lcp/training/trainingBatch';
import { testEngine } from '../../gpu/testing/testEngine';
import { StudioError } from '../../shared/errors';
import { checkpointGenerator } from './evaluateCheckpoint';
import { drawSamples } from './evaluateDraw';

const config = toyConfig();
const images = 24;

describe('a checkpoint as a source of samples', () => {
  it('draws what the run draws', async () => {
    await testEngine();
    const dataset = toyDataset();
    const trainer = new GanTrainer({ config, slots: toySlots, classCount: toyClassCount, dataset, clip: null });
    const conditions = {
      u: SparseRows.build(images, 3, (row, add) => add(row % 3, 1)),
      w: new Float32Array(images).fill(1),
    };
    const composer = new BatchComposer(config, toySlots, conditions);
    const drawConditions = composer.drawConditions.bind(composer);
    const sampler = new Sampler({
      networks: trainer.networks,
      slots: toySlots,
      classCount: toyClassCount,
      seed: config.seed,
      columns: 2,
      batch: config.batch,
      drawConditions,
    });
    await sampler.refresh();
    const drawn = await drawSamples({
      pictures: (z, u) => sampler.pictures(z, u),
      drawConditions,
      latent: config.generator.latent,
      slots: toySlots,
      count: 10,
      seed: 5,
    });
    const state = await trainer.exportState();
    const made = {
      ...randomCheckpoint(1, 'one tower'),
      config,
      classes: ['cat', 'dog'],
      slots: toySlots,
      clip: null,
      trainer: state,
      prompts: null,
      partition: null,
      labels: {
        given: new Int32Array(images).fill(-1),
        probabilities: new Float32Array(images * 2).fill(0.5),
        trust: conditions.w,
        conditions: conditions.u,
      },
      imageHashes: null,
      sampleLatents: sampler.latents,
      check: {
        z: new Float32Array(config.generator.latent),
        u: Float32Array.of(1, 0, 0),
        images: new Float32Array(32 * 32 * 3),
      },
    };
    const checkpoint = readCheckpoint(buildCheckpoint(made));
    trainer.dispose();
    dataset.dispose();
    const generator = checkpointGenerator(checkpoint);
    const again = await generator.generate(10, 5);
    expect(again).toEqual(drawn);
    expect(new Set(again.pixels).size).toBeGreaterThan(10);
    expect(Array.from(again.labels, (label, i) => toySlots[again.slots[i] as number]?.classIndex === label)).toEqual(
      Array.from({ length: 10 }, () => true),
    );
    expect((await generator.generate(10, 6)).pixels).not.toEqual(drawn.pixels);
    generator.dispose();
    expect(() => checkpointGenerator({ ...checkpoint, labels: null })).toThrow(StudioError);
  });
});
