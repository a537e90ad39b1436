/**
 * Prompts learn through the embedded CLIP: real pictures of the sample, its real text tower, a real training. Whoever
 * breaks the start, the rate or the way to V is told here.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { samplePictures } from '../../scripts/sample.mjs';
import { openFrozenClip } from '../clip/frozen';
import { loadClipNano } from '../clip/testing/clipNano';
import { MemoryBlobStore } from '../data/blobStore';
import { testEngine } from '../gpu/testing/testEngine';
import { inferLabels } from '../lcp/labels/labelInference';
import { computeFeatures } from '../session/clip/clipFeatures';
import { closeTwins, openTwins } from '../session/clip/openClip';
import type { Event } from '../session/protocol/events';
import { importDataset } from '../session/run/importDataset';
import { RunControl } from '../session/run/runControl';
import { presets, type RunConfig } from '../shared/config';
import { UNLABELED } from '../shared/domain';
import { nodePorts } from './nodePorts';
import { tryPrompts, type PromptTrial } from './promptTrial';

const classCount = 3;
const perClass = 24;
const open: { trial: Omit<PromptTrial, 'config'> | null } = { trial: null };

/** Three classes of the sample; every other picture keeps its label. */
beforeAll(async () => {
  const pictures = samplePictures();
  const names = [...new Set(pictures.map(({ className }) => className))].slice(0, classCount);
  const items = await Promise.all(
    names.flatMap((name, label) =>
      pictures
        .filter(({ className }) => className === name)
        .slice(0, perClass)
        .map(async ({ path, source }) => ({ path, label, file: new Blob([new Uint8Array(await readFile(source))]) })),
    ),
  );
  const ports = nodePorts(() => undefined, new MemoryBlobStore());
  const dataset = await importDataset(ports, names, items, 32, new AbortController().signal);
  const model = await loadClipNano();
  const frozen = await openFrozenClip(model);
  const features = await computeFeatures(ports, model, frozen, dataset, new RunControl());
  await testEngine();
  const clip = await openTwins(ports, { model, frozen });
  await frozen.close();
  const labels = dataset.labels.map((label, image) => (image % 2 === 0 ? label : UNLABELED));
  const { logitScale, dim: d } = model;
  const inference = inferLabels({
    features,
    d,
    labels,
    classCount,
    textFeatures: null,
    logitScale,
    seed: 1,
  });
  open.trial = { clip, dataset, labels, features, inference, seed: 1 };
});

afterAll(() => {
  if (open.trial) closeTwins(open.trial.clip);
});

const config = (prompts: Partial<RunConfig['prompts']>): RunConfig => ({
  ...presets.tiny,
  partition: { ...presets.tiny.partition, clustersPerClass: 2 },
  prompts: { ...presets.tiny.prompts, ...prompts },
});

async function learnt(prompts: Partial<RunConfig['prompts']>) {
  const { trial } = open;
  if (!trial) throw new Error('nothing is open');
  const events: Event[] = [];
  const result = await tryPrompts({ ...trial, config: config(prompts), emit: (event) => events.push(event) });

  const unlabeled = [...trial.labels.keys()].filter((image) => trial.labels[image] === UNLABELED);
  const right = unlabeled.filter((image) => {
    const row = result.probabilities.subarray(image * classCount, (image + 1) * classCount);
    return row.indexOf(Math.max(...row)) === trial.dataset.labels[image];
  });
  return { ...result, events, unseen: right.length / unlabeled.length };
}

it('prompts know classes of pictures whose label they never saw, and tell clusters apart', async () => {
  const { unseen, trained, siblings } = await learnt({ epochs: 60 });
  expect(unseen).toBeGreaterThan(0.75);
  expect((trained?.right ?? 0) / (trained?.count ?? 1)).toBeGreaterThan(0.85);
  expect(siblings).toBeLessThan(0.97);
});

it('a phrase that this CLIP’s tower hardly reacts to is not started from', async () => {
  const { events } = await learnt({ epochs: 1, contextLength: 4 });
  expect(events.map((event) => (event.type === 'notice' ? event.code : ''))).toContain('prompts-start');
});
