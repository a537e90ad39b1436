import { describe, expect, it } from 'vitest';
import { SparseRows } from '../../lcp/partition/sparseRows';
import { presets, type RunConfig } from '../../shared/config';
import type { ClipModel } from '../../clip/model';
import type { Resume } from '../protocol/commands';
import type { ImportedDataset } from '../run/importDataset';
import { RunSaving, type RunSavingOptions } from './runSaving';
import {
  identityOf,
  isOfPictures,
  isSame,
  savedRun,
  revivedKnowledge,
  revivedMemory,
  type RunStore,
  type SavedRun,
} from './savedRun';
import { interruptedRunOf } from './interruptedRun';
import type { Knowledge } from '../knowledge/knowledge';
import { emptyMemory } from '../training/trainingMemory';

const summary: ImportedDataset['summary'] = {
  classes: ['cat', 'dog'],
  imageCount: 2,
  labeledPerClass: [1, 0],
  unlabeledCount: 1,
  broken: [],
  resolution: 32,
};
const dataset = { summary, hashes: ['a', 'b'], labels: Int32Array.of(0, -1) };
const clip = { id: 'clip-nano', hash: 'clip' };
const identity = identityOf(dataset, presets.tiny, clip);
const features = Float32Array.of(1, 0, 0, 1);
const rows = SparseRows.fromDense([0.25, 0.75, 1, 0], 2);
const knowledge = {
  features,
  inference: { probabilities: Float32Array.of(1, 0.5), trust: Float32Array.of(1, 0.2) },
  partition: { slots: [{ classIndex: 0, clusterIndex: 0 }], memberships: rows },
  conditions: { u: rows, w: Float32Array.of(1, 0.2) },
  prompts: null,
  promptFeatures: Float32Array.of(1, 0),
  cards: [],
  revision: 3,
} as unknown as Knowledge;
const snapshot = {
  trainer: {
    iteration: 7,
    draws: 9,
    rateScale: 0.5,
    tensors: new Map([['generator/w', { shape: [2], data: Float32Array.of(1, 2) }]]),
  },
  cursor: { epoch: 1, position: 3 },
};
const memory = {
  ...emptyMemory(),
  history: [{ iteration: 7, kimg: 0.1, values: { lossD: 1 } }],
  rollbacks: { total: 2, inARow: 1, furthest: 8 },
  refreshedAt: 5,
};

/** What a structured clone leaves of it, as any store does. */
const stored = () => structuredClone(savedRun({ id: 'id' }, identity, knowledge, snapshot, memory));

describe('a saved run', () => {
  it('is stored without its features and comes back with them, as it was', () => {
    expect(stored().knowledge).not.toHaveProperty('features');
    const revived = revivedKnowledge(stored(), features);
    expect(revived).toEqual(knowledge);
    expect(revived.conditions.u.at(0, 1)).toBe(0.75);
    expect(revived.partition.memberships).toBeInstanceOf(SparseRows);
  });

  it('brings back the state of training, apart from what lay on the GPU', () => {
    const revived = revivedMemory(stored());
    expect(revived.snapshots.newest).toEqual(snapshot);
    expect(revived).toMatchObject({
      history: memory.history,
      rollbacks: memory.rollbacks,
      refreshedAt: 5,
      grid: null,
      rescue: null,
    });
  });

  it('does not change with the run that goes on', () => {
    const saved = savedRun({ id: 'id' }, identity, knowledge, snapshot, memory);
    memory.history.push({ iteration: 8, kimg: 0.1, values: { lossD: 2 } });
    expect(saved.history).toHaveLength(1);
    memory.history.pop();
  });

  it('carries the labels that it had taken in, and what was changed by then', () => {
    const labels = {
      atStart: Int32Array.of(0, -1),
      applied: Int32Array.of(0, 1),
      changes: { images: Uint32Array.of(1), to: Int32Array.of(1) },
    };
    const saved = structuredClone(savedRun({ id: 'id' }, identity, knowledge, snapshot, memory, labels));
    expect(saved.labels).toEqual(labels);
    expect(saved.about.identity.labels).toEqual(dataset.labels);
  });

  it('says what it is without being read', () => {
    expect(stored().about).toMatchObject({
      id: 'id',
      identity,
      iteration: 7,
      kimg: (7 * presets.tiny.batch * presets.tiny.discriminatorSteps) / 1000,
      bytes: 8,
    });
  });

  it('goes on as a run of the same pictures, labels, classes, configuration and CLIP, and of no others', () => {
    const { about } = stored();
    expect(isSame(about.identity, identity)).toBe(true);
    const others = [
      identityOf({ ...dataset, labels: Int32Array.of(0, 1) }, presets.tiny, clip),
      identityOf({ ...dataset, hashes: ['b', 'a'] }, presets.tiny, clip),
      identityOf({ ...dataset, summary: { ...summary, classes: ['cat', 'cow'] } }, presets.tiny, clip),
      identityOf(dataset, { ...presets.tiny, seed: presets.tiny.seed + 1 }, clip),
      identityOf(dataset, presets.tiny, { id: 'clip-nano', hash: 'another' }),
      identityOf({ ...dataset, matte: '#000000' }, presets.tiny, clip),
    ];
    expect(others.map((other) => isSame(about.identity, other))).toEqual(others.map(() => false));
    // White was always laid under where nothing else is said.
    expect(isSame(about.identity, identityOf({ ...dataset, matte: '#ffffff' }, presets.tiny, clip))).toBe(true);
    expect(
      [dataset, { ...dataset, labels: Int32Array.of(0, 1) }].map((pictures) => isOfPictures(about.identity, pictures)),
    ).toEqual([true, false]);
  });
});

describe('what judges the samples of a run', () => {
  const lit = { id: 'clip-lit', hash: 'clip', critic: 'clip-nano', name: 'clip-lit' } as ClipModel;
  const nano = { id: 'clip-nano', hash: 'nano', name: 'clip-nano' } as ClipModel;
  const keptWith = (critic: ClipModel): SavedRun => {
    const own = identityOf(dataset, presets.tiny, lit, critic);
    return structuredClone(savedRun({ id: critic.id }, own, knowledge, snapshot, memory));
  };
  const saving = (
    saved: SavedRun,
    more: { critic?: string; resume?: Resume; run?: string } = {},
    free = true,
    setStopped: RunStore['setStopped'] = async () => undefined,
  ): RunSaving => {
    const runStore = { claim: async () => free, list: async () => [saved.about], load: async () => saved, setStopped };
    const labels = { saved: () => null };
    const ports = { runStore, emit: () => undefined };
    const options = { ports, dataset, labels, config: presets.tiny, resume: 'ifSaved' };
    return new RunSaving({ ...options, ...more } as unknown as RunSavingOptions);
  };

  it('is kept with it; where nothing is kept, as before there could be two, it is the CLIP itself', async () => {
    const [two, one] = [keptWith(nano), keptWith(lit)];
    expect(two.about.identity.critic).toEqual({ id: 'clip-nano', hash: 'nano' });
    expect(one.about.identity).not.toHaveProperty('critic');
    // Whatever the list says now.
    for (const saved of [two, one]) expect(await saving(saved).find(lit)).toEqual(saved);
  });

  it('is asked for in vain while another process has the run', async () => {
    const kept = keptWith(nano);
    expect(await saving(kept, {}, false).find(lit)).toBeNull();
    await expect(saving(kept, { resume: 'must' }, false).find(lit)).rejects.toThrow('another tab');
  });

  it('was stopped no more once it goes on, and is again where that comes to nothing', async () => {
    const kept = keptWith(nano);
    kept.about.stopped = true;
    const said: boolean[] = [];
    const say = async (_: string, stopped: boolean): Promise<void> => void said.push(stopped);
    const goingOn = async (saved: SavedRun): Promise<RunSaving> => {
      const taken = saving(saved, { resume: 'must', run: saved.about.id }, true, say);
      await taken.takeUp();
      return taken;
    };
    const failing = await goingOn(kept);
    expect(said).toEqual([false]);
    await failing.leaveAsItWas();
    await failing.leaveAsItWas();
    expect(said).toEqual([false, true]);
    const going = await goingOn(kept);
    await going.revive(kept, features, async () => undefined);
    await going.leaveAsItWas();
    expect(said).toEqual([false, true, false]);
    // Of a run that nobody stopped, nothing is to be said.
    await (await goingOn(keptWith(nano))).leaveAsItWas();
    expect(said).toHaveLength(3);
  });

  it('decides where a person asks for it: a run with another one is another run', async () => {
    const [two, one] = [keptWith(nano), keptWith(lit)];
    expect(await saving(two, { critic: 'clip-nano' }).find(lit)).toEqual(two);
    expect(await saving(one, { critic: 'clip-lit' }).find(lit)).toEqual(one);
    expect(await saving(two, { critic: 'clip-lit' }).find(lit)).toBeNull();
    await expect(saving(one, { critic: 'clip-nano', resume: 'must' }).find(lit)).rejects.toThrow('cannot be resumed');
  });

  it('must be the very one that judged', () => {
    const two = keptWith(nano);
    expect(saving(two).judgedBy(nano, two)).toBe(two);
    const newer = { ...nano, hash: 'newer' };
    expect(saving(two).judgedBy(newer, two)).toBeNull();
    expect(() => saving(two, { resume: 'must' }).judgedBy(newer, two)).toThrow('cannot be resumed');
    expect(saving(two).judgedBy(lit, keptWith(lit))).not.toBeNull();
  });
});

describe('the run that a person is told of', () => {
  const { about } = stored();
  const other = { ...about, id: 'newer', identity: { ...identity, pictures: ['c'] } };

  it('is the newest of the open pictures, else the newest', () => {
    expect(interruptedRunOf([other, about], dataset)).toMatchObject({
      id: 'id',
      imageCount: 2,
      clip: 'clip-nano',
      fits: true,
    });
    expect(interruptedRunOf([other, about], null)).toMatchObject({ id: 'newer', imageCount: 1, fits: false });
    expect(interruptedRunOf([other], dataset)).toMatchObject({ id: 'newer', fits: false });
    expect(interruptedRunOf([], dataset)).toBeNull();
  });

  it('is none that a person stopped, and one that came to its end only while it is the newest', () => {
    const stopped = { ...other, stopped: true };
    const ended = { ...other, iteration: other.iterations };
    expect(interruptedRunOf([stopped], null)).toBeNull();
    expect(interruptedRunOf([{ ...about, stopped: true }], dataset)).toBeNull();
    expect(interruptedRunOf([stopped, about], null)?.id).toBe('id');
    expect(interruptedRunOf([ended, about], null)?.id).toBe('newer');
    expect(interruptedRunOf([stopped, { ...ended, id: 'older' }], null)).toBeNull();
    // What the store is handed when a run is stopped.
    const at = (end: boolean) => savedRun({ id: 'id', stopped: end }, identity, knowledge, snapshot, memory).about;
    expect([true, false].map((end) => interruptedRunOf([at(end)], null)?.id)).toEqual([undefined, 'id']);
  });

  it('has its settings brought up to date, where an earlier version of the studio stored them', () => {
    const { rampUp: _, ...ema } = presets.tiny.ema;
    const first = { ...presets.tiny, version: 1, ema } as unknown as RunConfig;
    const old = { ...about, identity: { ...identity, config: first } };
    expect(interruptedRunOf([old], dataset)?.config).toEqual(presets.tiny);
    expect(isSame(old.identity, identity)).toBe(true);
  });

  it('is told of without settings where these are not understood; a CLIP of one’s own has no name', () => {
    for (const change of [{ batch: 'many' }, { version: 3 }, { base: 'other' }]) {
      const config = { ...presets.tiny, ...change } as unknown as RunConfig;
      const strange = { ...about, identity: { ...identity, config } };
      expect(interruptedRunOf([strange], dataset)).toMatchObject({ id: 'id', config: null, fits: true });
      expect(isSame(strange.identity, identity)).toBe(false);
    }
    expect(
      interruptedRunOf([{ ...about, identity: { ...identity, clip: { id: 'file:0123', hash: 'clip' } } }], dataset)
        ?.clip,
    ).toBeNull();
  });
});
