import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryBlobStore } from '../../data/blobStore';
import { resultsFolder } from '../../data/resultCache';
import { labelSome, makeFeatures } from '../../lcp/partition/features.testing';
import { presets, type RunConfig } from '../../shared/config';
import { HealthBoard } from '../health/healthBoard';
import type { Event } from '../protocol/events';
import { RunControl } from '../run/runControl';
import { gatherKnowledge, type Knowledge, type KnowledgeInput } from './knowledge';

const d = 12;
const made = makeFeatures({ d, counts: [[30, 20], [25, 25], [20]], clusterSpread: 0.8, noise: 0.5 });
const labels = labelSome(made.classes, 12);
const config: RunConfig = { ...presets.tiny, partition: { ...presets.tiny.partition, imagesPerCluster: 25 } };

let store: MemoryBlobStore;
beforeEach(() => {
  store = new MemoryBlobStore();
});

interface Changes {
  config?: RunConfig;
  labels?: Int32Array;
  features?: Float32Array;
  classes?: string[];
  ignored?: Uint8Array;
}

/** What a CLIP without texts lets be known, and what was said of earlier runs. */
async function gather(changes: Changes = {}): Promise<{ knowledge: Knowledge; told: string[] }> {
  const events: Event[] = [];
  const emit = (event: Event): number => events.push(event);
  const classes = changes.classes ?? ['a', 'b', 'c'];
  const { ignored = null } = changes;
  const summary = { classes, imageCount: labels.length, resolution: config.resolution };
  const model = { id: 'clip', hash: 'ab'.repeat(32), dim: d, imageSize: 32, mean: [0, 0, 0], std: [1, 1, 1] };
  const knowledge = await gatherKnowledge({
    ports: { emit, store },
    control: new RunControl(),
    board: new HealthBoard(emit),
    config: changes.config ?? config,
    dataset: { summary, labels: changes.labels ?? labels, ignored },
    clip: { model: { ...model, logitScale: 100 }, frozen: { hasText: false }, text: null },
    features: changes.features ?? made.features,
    classFeatures: null,
    iteration: 0,
  } as unknown as KnowledgeInput);
  const notices = events.filter((event) => event.type === 'notice');
  return { knowledge, told: notices.flatMap(({ code, text }) => (code === 'knowledge-kept' ? [text] : [])) };
}

const both = expect.stringMatching(/found before.*: labels, clusters\.$/);
const onlyLabels = expect.stringMatching(/found before.*: labels\.$/);
const flipped = Int32Array.from(labels, (label, image) => (image === 0 ? 1 : label));
const seen = made.features.map((value, at) => (at === 5 ? value + 1e-6 : value));

describe('what an earlier run found out', () => {
  it('is the same as what is computed, to the bit', async () => {
    const first = await gather();
    const second = await gather();
    expect([first.told, second.told]).toEqual([[], [both]]);
    expect(second.knowledge).toStrictEqual(first.knowledge);
  });

  it.each<[string, RunConfig]>([
    ['base model', { ...presets.stylegan2Tiny, partition: config.partition, seed: config.seed }],
    ['length and batch', { ...config, kimg: 99, batch: 4 }],
    ['critic', { ...config, clipHead: { ...config.clipHead, weight: 0 } }],
    ['lambda', { ...config, ablation: { ...config.ablation, conditionFromStart: true, jointLogit: true } }],
    ['conditions', { ...config, ablation: { ...config.ablation, conditions: 'oneHot' } }],
    ['prompts', { ...config, prompts: { ...config.prompts, epochs: 3, refreshKimg: 1 } }],
  ])('serves a run of another %s', async (_what, other) => {
    await gather();
    expect((await gather({ config: other })).told).toEqual([both]);
  });

  it('gives its labels to a run with other clusters', async () => {
    await gather();
    for (const changes of [{ clustersPerClass: 1 }, { imagesPerCluster: 10 }, { maxClusters: 1 }]) {
      const { told } = await gather({ config: { ...config, partition: { ...config.partition, ...changes } } });
      expect(told).toEqual([onlyLabels]);
    }
  });

  it.each<[string, Changes]>([
    ['seed', { config: { ...config, seed: config.seed + 1 } }],
    ['label', { labels: flipped }],
    ['picture, or what CLIP sees in it', { features: seen }],
    ['use of labels', { config: { ...config, ablation: { ...config.ablation, labeledOnly: true } } }],
    ['choice of pictures', { ignored: Uint8Array.from(labels, (_, image) => Number(image === 99)) }],
  ])('is of no use to a run with another %s', async (_what, changes) => {
    await gather();
    const { told, knowledge } = await gather(changes);
    expect(told).toEqual([]);
    // Nor is that run given anything but what it computes where nothing is kept.
    store = new MemoryBlobStore();
    expect((await gather(changes)).knowledge).toStrictEqual(knowledge);
  });

  it('is not labels where a class has another name, and clusters where labels come out the same', async () => {
    await gather();
    const { told } = await gather({ classes: ['a', 'b', 'd'] });
    expect(told).toEqual([expect.stringMatching(/found before.*: clusters\.$/)]);
  });

  it('is computed again where it is damaged', async () => {
    const { knowledge } = await gather();
    for (const { key } of await store.list(resultsFolder)) {
      const bytes = await store.get(key);
      await store.put(key, bytes?.subarray(0, bytes.length - 1) ?? new Uint8Array());
    }
    const again = await gather();
    expect(again).toEqual({ knowledge, told: [] });
    expect((await gather()).told).toEqual([both]);
  });

  /** Whoever changes what is found must raise the stage's number in `keptStages.ts`, and then the figures here. */
  it('is of the stages as they are', async () => {
    const { inference, partition } = (await gather()).knowledge;
    const meanOf = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const figures = [
      inference.trust,
      inference.probabilities.map((p) => p * p),
      partition.memberships.values.map((q) => q * q),
      partition.columnScalings,
    ].map(meanOf);
    [0.89654, 0.30776, 0.49875, 1.01095].forEach((figure, at) => expect(figures[at]).toBeCloseTo(figure, 4));
  });
});
