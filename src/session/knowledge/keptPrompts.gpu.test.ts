/**
 * Prompts that an earlier run learnt on the GPU, taken over by a run that would learn the same, and by no other: the
 * tiny CLIP's real text tower, and no networks.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { MemoryBlobStore } from '../../data/blobStore';
import { testEngine } from '../../gpu/testing/testEngine';
import { nodePorts } from '../../headless/nodePorts';
import { pictures, tinyClip, tinyRuns } from '../../headless/session.testing';
import type { CommonConfig, RunConfig } from '../../shared/config';
import { computeFeatures } from '../clip/clipFeatures';
import { closeTwins, openClip, type OpenClip } from '../clip/openClip';
import { HealthBoard } from '../health/healthBoard';
import type { Event } from '../protocol/events';
import { importDataset, type ImportedDataset } from '../run/importDataset';
import { RunControl } from '../run/runControl';
import { gatherKnowledge, type Knowledge } from './knowledge';

const control = new RunControl();
const events: Event[] = [];
const tiny = tinyRuns.biggan;
const config: RunConfig = {
  ...tiny,
  partition: { ...tiny.partition, clustersPerClass: 2 },
  prompts: { ...tiny.prompts, epochs: 2 },
};
const classes = ['red', 'blue'];

let store = new MemoryBlobStore();
let clip: OpenClip;
let dataset: ImportedDataset;
let features: Float32Array;

const ports = () => nodePorts((event) => events.push(event), store);

beforeAll(async () => {
  await testEngine();
  dataset = await importDataset(ports(), classes, await pictures(), 32, new AbortController().signal);
  clip = await openClip(ports(), await tinyClip(), control);
  features = await computeFeatures(ports(), clip.model, clip.frozen, dataset, control);
});
beforeEach(() => {
  store = new MemoryBlobStore();
});
afterAll(async () => {
  closeTwins(clip);
  await clip.frozen.close();
});

/** @returns what is known, whether prompts were learnt for it, and the notice that says what was not */
async function gather(
  changed: RunConfig = config,
  given: ImportedDataset = dataset,
): Promise<{ knowledge: Knowledge; steps: number; told: string[] }> {
  events.length = 0;
  const knowledge = await gatherKnowledge({
    ports: ports(),
    control,
    board: new HealthBoard(() => undefined),
    config: changed,
    dataset: given,
    clip,
    features,
    classFeatures: null,
    iteration: 0,
  });
  const learning = events.filter((event) => event.type === 'progress' && event.phase === 'prompts' && event.total > 1);
  const notices = events.filter((event) => event.type === 'notice');
  const told = notices.flatMap(({ code, text }) => (code === 'knowledge-kept' ? [text] : []));
  return { knowledge, steps: learning.length, told };
}

const withPrompts = (prompts: Partial<CommonConfig['prompts']>): RunConfig => ({
  ...config,
  prompts: { ...config.prompts, ...prompts },
});

it('are taken over to the bit, whatever base model is trained and for how long', async () => {
  const first = await gather();
  expect([first.steps > 0, first.told]).toEqual([true, []]);
  const partition = config.partition;
  const other: RunConfig = { ...tinyRuns.stylegan2, seed: config.seed, kimg: 7, partition, prompts: config.prompts };
  for (const changed of [config, other]) {
    const { knowledge, steps, told } = await gather(changed);
    expect([steps, told]).toEqual([0, [expect.stringMatching(/found before.*: labels, clusters, prompts\.$/)]]);
    // They are shown once, as they are, and not on the way.
    const { revision: _, ...known } = knowledge;
    const { revision: __, ...computed } = first.knowledge;
    expect(known).toStrictEqual(computed);
    expect(knowledge.prompts?.context.some((value) => value !== 0)).toBe(true);
  }
});

it('are learnt anew where anything is different that they are learnt from', async () => {
  const { knowledge } = await gather();
  const changed = await gather(withPrompts({ epochs: config.prompts.epochs + 1 }));
  expect(changed.steps).toBeGreaterThan(0);
  // Other prompts infer other labels, which divide into other clusters.
  expect(changed.told).toEqual([expect.stringMatching(/: labels\.$/)]);
  expect(changed.knowledge.prompts?.context).not.toEqual(knowledge.prompts?.context);
  const renamed = { ...dataset, summary: { ...dataset.summary, classes: ['red', 'green'] } };
  expect((await gather(config, renamed)).steps).toBeGreaterThan(0);
  expect((await gather(withPrompts({ refreshKimg: 3 }))).steps).toBe(0);
});
