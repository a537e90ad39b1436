/**
 * Data sets at the edge, the whole way: import, features, label inference, partition, prompts, training with the CLIP
 * head, samples, export. Each works, or ends with an error that says what to do. One session for all, as a user would
 * try one folder after the other.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryBlobStore } from '../data/blobStore';
import { encodePng } from '../formats/png';
import { discardTestEngine, testEngine } from '../gpu/testing/testEngine';
import { readCheckpoint, type Checkpoint } from '../lcp/checkpoint/checkpoint';
import type { ImportItem } from '../session/protocol/commands';
import type { Event, EventOf } from '../session/protocol/events';
import { Session } from '../session/session';
import { ablations, type AblationId } from '../shared/ablations';
import type { Base, CommonConfig, RunConfig } from '../shared/config';
import { UNLABELED } from '../shared/domain';
import { CounterRandom } from '../shared/rng';
import { installNodeGpu } from './nodeGpu';
import { nodePorts } from './nodePorts';
import { everyBase, tinyClip, tinyRuns } from './session.testing';
import { Survivors } from './survivors.testing';

type Items = ImportItem[];

/** Two iterations of the smallest networks, the CLIP head from the first. */
const ofBase = (base: Base): RunConfig => ({
  ...tinyRuns[base],
  kimg: 0.008,
  batch: 4,
  clipHead: { weight: 1, startFraction: 0, startMaxKimg: 0, rampFraction: 0, tokenHeads: 'none' },
  conditioning: { rampStart: 0, rampEnd: 0 },
  sampleColumns: 1,
});
let config = ofBase('biggan');

/** Pictures of one hue a class with noise; `seeds` that repeat make copies. */
async function picture(hue: number, seed: number, label: number): Promise<Items[number]> {
  const random = new CounterRandom(seed, 7);
  const rgba = new Uint8ClampedArray(8 * 8 * 4).fill(255);
  for (let at = 0; at < rgba.length; at += 1)
    if (at % 4 < 3) rgba[at] = 128 + 90 * Math.sin(hue + 2.1 * (at % 4)) + random.integer(50) - 25;
  return {
    path: `${hue}-${seed}.png`,
    file: new Blob([await encodePng({ width: 8, height: 8, pixels: rgba })]),
    label,
  };
}

/** @param counts images of each class @param labeled labels of each class */
function items(
  counts: readonly number[],
  labeled: (c: number) => number,
  seedOf = (c: number, i: number): number => 1000 * c + i,
): Promise<Items> {
  return Promise.all(
    counts.flatMap((count, c) =>
      Array.from({ length: count }, (_, i) => picture(c, seedOf(c, i), i < labeled(c) ? c : UNLABELED)),
    ),
  );
}

const events: Event[] = [];
const survivors = new Survivors();
let ended: () => void = () => undefined;
let session: Session;

beforeAll(async () => {
  const emit = (event: Event): void => {
    events.push(event);
    if (event.type === 'state' && ['finished', 'stopped', 'failed'].includes(event.state)) ended();
  };
  session = new Session({ ...nodePorts(emit, new MemoryBlobStore()), gpu: survivors.watchGpu(installNodeGpu()) });
  await session.handle({ type: 'hello', id: 0, version: 1, modelsUrl: '' });
});
afterAll(async () => {
  await session.close();
  discardTestEngine();
  await testEngine();
});

const ofType = <T extends Event['type']>(type: T): EventOf<T>[] =>
  events.filter((event): event is EventOf<T> => event.type === type);

interface Outcome {
  checkpoint: Checkpoint;
  stats: Record<string, number>;
}

/** Runs to the end and exports. @throws what the run failed with, as its code and action */
async function run(classCount: number, pictures: Items, changes: Partial<CommonConfig> = {}): Promise<Outcome> {
  events.length = 0;
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const chosen = { ...config, ...changes };
  const classes = Array.from({ length: classCount }, (_, c) => ['cat', 'dog', 'a photo'][c] ?? `photo ${c}`);
  await session.handle({ type: 'import', id: 1, classes, items: pictures, resolution: chosen.resolution });
  await session.handle({ type: 'start', id: 2, config: chosen, clip: await tinyClip() });
  await end;
  const [failed] = ofType('failed');
  if (failed) throw new Error(`${failed.error.code}: ${failed.error.what} ${failed.error.why} ${failed.error.action}`);
  const exported = await session.handle({ type: 'export', id: 3 });
  const file = exported?.files.find(({ name }) => name === 'checkpoint.safetensors');
  return {
    checkpoint: readCheckpoint(new Uint8Array(file?.bytes ?? new ArrayBuffer(0))),
    stats: ofType('stats').at(-1)?.points.at(-1)?.values ?? {},
  };
}

/** What holds of every run that works. */
function expectSound({ checkpoint, stats }: Outcome, images: number): void {
  expect(checkpoint.trainer.iteration).toBe(2);
  for (const name of ['lossD', 'lossG', 'clipReal'])
    if (name !== 'clipReal' || checkpoint.config.clipHead.weight > 0)
      expect(stats[name], name).toSatisfy(Number.isFinite);
  expect(stats['gradNonFinite']).toBe(0);
  const conditions = checkpoint.labels?.conditions;
  expect(conditions?.count).toBe(images);
  for (let image = 0; image < images; image += 1)
    expect(conditions?.denseRow(image).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
  // Only BigGAN's last layer limits what it draws.
  const limit = checkpoint.config.base === 'biggan' ? 1 : Number.MAX_VALUE;
  expect(checkpoint.check.images.every((value) => Math.abs(value) <= limit)).toBe(true);
}

// What is at the edge here comes before any base model, whose own code meets one such set in `ablations`.
describe('data sets at the edge', () => {
  beforeAll(() => {
    config = ofBase('biggan');
  });

  it('words before any run: an error that says when to ask', async () => {
    await expect(session.handle({ type: 'askClip', id: 1, texts: ['a cat'] })).rejects.toThrow(
      /not looked at your pictures yet.+Start training/,
    );
  });

  it('classes of 1, 2 and 3 pictures, all labeled, in as many clusters as there are pictures; fewer pictures than a batch', async () => {
    const outcome = await run(3, await items([1, 2, 3], () => 9), {
      batch: 8,
      kimg: 0.016,
      partition: { ...config.partition, clustersPerClass: 8 },
    });
    expectSound(outcome, 6);
    expect(outcome.checkpoint.slots.map(({ classIndex }) => classIndex)).toEqual([0, 1, 1, 2, 2, 2]);
    expect(ofType('notice').map(({ code }) => code)).toContain('little-data');
    expect(outcome.checkpoint.config.clipHead.weight).toBe(0.5);
    // Words can be asked about as long as the run is there, also after its end.
    await session.handle({ type: 'askClip', id: 4, texts: ['a cat', 'a dog'] });
    const answer = ofType('clipAnswer').at(-1)?.result;
    expect(answer?.texts.reduce((sum, { won }) => sum + won, 0)).toBe(6);
    expect(answer?.texts[0]?.best).toHaveLength(3);
  });

  it('one class, with labels on one picture', async () => {
    const outcome = await run(1, await items([6], () => 1), {
      partition: { ...config.partition, clustersPerClass: 2 },
    });
    expectSound(outcome, 6);
    expect(outcome.checkpoint.slots).toHaveLength(2);
    // With one class every picture is of it.
    expect([...(outcome.checkpoint.labels?.trust ?? [])]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('200 classes with one label each', async () => {
    const prompts = { ...config.prompts, slotChunk: 256, batch: 256 };
    const outcome = await run(
      200,
      await items(
        Array.from({ length: 200 }, (_, c) => (c < 20 ? 2 : 1)),
        () => 1,
      ),
      { prompts },
    );
    expectSound(outcome, 220);
    expect(outcome.checkpoint.slots).toHaveLength(200);
  });

  it('copies of one picture only', async () => {
    const outcome = await run(
      2,
      await items(
        [4, 4],
        () => 2,
        () => 5,
      ).then((all) => all.map((item) => ({ ...item, file: all[0]?.file ?? item.file }))),
      { partition: { ...config.partition, clustersPerClass: 2 } },
    );
    expectSound(outcome, 8);
    expect(outcome.checkpoint.slots).toHaveLength(4);
  });

  it('a class without any label: by its name, or an error that says what to label', async () => {
    const pictures = await items([5, 5, 5], (c) => (c === 2 ? 0 : 4));
    const said = await run(3, pictures).then(
      (outcome) => {
        expectSound(outcome, 15);
        return 'works';
      },
      (error: Error) => error.message,
    );
    expect(said).toMatch(
      /^works$|no-labels: The class "a photo" has no labeled picture\. .+ Label at least one picture of each class, or remove the class\./,
    );
  });

  it('no labels at all: an error that says what to do', async () => {
    await expect(run(2, await items([3, 3], () => 0))).rejects.toThrow(
      /no-labels: None of the pictures has a label\..+Put at least one picture/,
    );
  });
});

describe.each(everyBase)('a refresh, %s', (base) => {
  beforeAll(() => {
    config = ofBase(base);
  });

  it('goes through labels, clusters and prompts anew, and keeps the number of clusters', async () => {
    const outcome = await run(2, await items([6, 6], () => 4), {
      partition: { ...config.partition, clustersPerClass: 2 },
      prompts: { ...config.prompts, refreshKimg: 0.004 },
    });
    expectSound(outcome, 12);
    expect(outcome.checkpoint.slots).toHaveLength(4);
    const revisions = ofType('clusters').map(({ revision }) => revision);
    expect(revisions).toEqual(revisions.map((_, i) => i));
    expect(ofType('progress').map(({ label }) => label)).toContain('Learning on with the prompts');
  });
});

describe.each(everyBase)('ablations, %s', (base) => {
  beforeAll(() => {
    config = ofBase(base);
  });

  const features = ({ checkpoint }: Outcome, slot: number): number[] => {
    const rows = checkpoint.prompts?.features ?? new Float32Array();
    const d = rows.length / checkpoint.slots.length;
    return [...rows.subarray(slot * d, (slot + 1) * d)];
  };

  it.each<[AblationId[], number, (outcome: Outcome) => void]>([
    [
      ['labeledOnly', 'imageCentroids'],
      3,
      ({ checkpoint }) => {
        expect([...(checkpoint.labels?.trust ?? [])]).toEqual([1, 1, 1, 0, 0, 1, 1, 1, 0, 0]);
        expect(checkpoint.prompts?.context).toBeNull();
      },
    ],
    [
      ['oneHot', 'classPrompts'],
      3,
      (outcome) => {
        expect(outcome.checkpoint.labels?.conditions.values).toEqual(new Float32Array(10).fill(1));
        expect(features(outcome, 0)).toEqual(features(outcome, 1));
        expect(features(outcome, 0)).not.toEqual(features(outcome, 2));
      },
    ],
    [
      ['oracle'],
      5,
      ({ checkpoint, stats }) =>
        expect([checkpoint.slots.length, checkpoint.config.ablation.jointLogit, stats['clipReal']]).toEqual([
          2,
          true,
          undefined,
        ]),
    ],
  ])('%s', async (ids, labeled, check) => {
    const divided: RunConfig = { ...config, partition: { ...config.partition, clustersPerClass: 2 } };
    const outcome = await run(
      2,
      await items([5, 5], () => labeled),
      ids.reduce((changed, id) => ablations[id].apply(changed), divided),
    );
    expectSound(outcome, 10);
    check(outcome);
  });
});

describe('closing', () => {
  it('leaves nothing of all these runs on the GPU, though the session is held', async () => {
    expect(survivors.names()).toContain('device');
    await session.close();
    await expect.poll(() => survivors.names(), { timeout: 10_000 }).toEqual([]);
  });
});
