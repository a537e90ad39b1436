/**
 * A run whose process ends in mid-training: begun again in another session, it goes on from what was saved as if
 * nothing had happened.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { MemoryBlobStore } from '../data/blobStore';
import { discardTestEngine, testEngine } from '../gpu/testing/testEngine';
import type { Checkpoint } from '../lcp/checkpoint/checkpoint';
import type { RunStore } from '../session/saving/savedRun';
import type { ImportItem } from '../session/protocol/commands';
import type { Event, EventOf } from '../session/protocol/events';
import { Session } from '../session/session';
import type { Base, RunConfig } from '../shared/config';
import { FileRunStore } from './fileRunStore';
import { nodePorts } from './nodePorts';
import { checkpointOf, everyBase, pictures, reached, tensorsOf, tinyRuns, twoClips } from './session.testing';

/**
 * Refreshes what is known on the way (at iteration 5), so that what is saved is not what the preparation would find
 * again.
 */
const ofBase = (base: Base): RunConfig => {
  const tiny = tinyRuns[base];
  return { ...tiny, kimg: 0.04, prompts: { ...tiny.prompts, refreshKimg: 0.02 } };
};
let config = ofBase('biggan');
const refreshedBy = 6;

interface Outcome {
  events: Event[];
  tensors: Map<string, string>;
  /** Of the export. */
  checkpoint: Checkpoint;
}

const eyes = { kind: 'manifest', id: 'eyes' } as const;
/**
 * Of StyleGAN2-ADA one CLIP does both, as in all runs from before there could be two: what is resumed goes on so,
 * although the list names a critic.
 */
const criticOf: Record<Base, string | undefined> = { biggan: undefined, stylegan2: 'eyes' };

/**
 * Trains in a session of its own.
 * @param stopAt ends it as soon as a state of this iteration or a later one has been saved
 */
async function train(
  runStore: FileRunStore,
  items: ImportItem[],
  stopAt = Number.POSITIVE_INFINITY,
  critic?: string,
): Promise<Outcome> {
  const events: Event[] = [];
  let ended: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  let resting: Promise<void> | null = null;
  const session: Session = new Session({
    ...nodePorts((event) => {
      events.push(event);
      if (stopAt < Number.POSITIVE_INFINITY && !resting && reached(1)(event)) resting = restNowAndThen(session);
      if (event.type === 'state' && ['finished', 'stopped', 'failed'].includes(event.state)) ended();
    }, new MemoryBlobStore()),
    clipIo: await twoClips(),
    runStore: stopping(runStore, stopAt, () => void session.handle({ type: 'stop', id: 7 })),
  });
  await session.handle({ type: 'hello', id: 0, version: 1, modelsUrl: '' });
  await session.handle({ type: 'import', id: 1, classes: ['red', 'blue'], items, resolution: 32 });
  await session.handle({ type: 'start', id: 2, config, clip: eyes, critic, resume: 'ifSaved' });
  await end;
  await resting;
  const exported = await session.handle({ type: 'export', id: 9 });
  await session.close();
  if (!exported) throw new Error('no export');
  return { events, tensors: tensorsOf(exported), checkpoint: checkpointOf(exported) };
}

/**
 * Rests after every few iterations until the run ends: each rest has the present state saved, however long iterations
 * and snapshots take on this machine.
 */
async function restNowAndThen(session: Session): Promise<void> {
  const done = (type: 'pause' | 'resume', id: number): Promise<boolean> =>
    session.handle({ type, id }).then(
      () => true,
      () => false, // it has ended meanwhile
    );
  // Without a while between the two, it would rest again before the next iteration has begun.
  const forAWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));
  while ((await done('pause', 5)) && (await done('resume', 6))) await forAWhile();
}

function stopping(runStore: FileRunStore, stopAt: number, stop: () => void): RunStore {
  return {
    everyMs: runStore.everyMs,
    claim: () => runStore.claim(),
    list: () => runStore.list(),
    load: () => runStore.load(),
    setStopped: () => runStore.setStopped(),
    forget: () => runStore.forget(),
    save: async (run) => {
      await runStore.save(run);
      if (run.snapshot.trainer.iteration >= stopAt) stop();
    },
  };
}

const of = <T extends Event['type']>({ events }: Outcome, type: T): EventOf<T>[] =>
  events.filter((event): event is EventOf<T> => event.type === type);
const notices = (outcome: Outcome, code: string): string[] =>
  of(outcome, 'notice').flatMap((notice) => (notice.code === code ? [notice.text] : []));
const iterations = (outcome: Outcome): number[] =>
  of(outcome, 'stats').flatMap(({ points }) => points.map(({ iteration }) => iteration));

afterAll(async () => {
  discardTestEngine();
  await testEngine();
});

it.each(everyBase)(
  'a run that was broken off ends, in another session, with the very networks that an undisturbed one ends with: %s',
  async (base) => {
    config = ofBase(base);
    const items = await pictures();
    const folder = mkdtempSync(join(tmpdir(), 'saved-run-'));
    // Nowhere to save it: the run says so, and trains on.
    const critic = criticOf[base];
    const nowhere = new FileRunStore(join(folder, 'no such folder', 'run'), 3_600_000);
    const calm = await train(nowhere, items, undefined, critic);
    expect(notices(calm, 'not-saved')[0]).toContain('could not be saved');

    const file = join(folder, 'unfinished.bin');
    const first = await train(new FileRunStore(file, 0), items, refreshedBy, critic);
    expect(of(first, 'state').at(-1)?.state).toBe('stopped');
    const second = await train(new FileRunStore(file, 0), items);
    const judges = [calm, first, second].map(({ checkpoint }) => checkpoint.critic?.id ?? checkpoint.clip?.id);
    expect(judges).toEqual(Array.from({ length: 3 }, () => critic ?? 'critic'));
    expect(notices(second, 'run-resumed')).toEqual([
      expect.stringMatching(/^The run goes on at iteration \d+, where it was last saved\.$/),
    ]);
    expect([calm, second].map((outcome) => of(outcome, 'state').at(-1)?.state)).toEqual(['finished', 'finished']);
    expect([...calm.tensors].filter(([name, data]) => second.tensors.get(name) !== data).map(([name]) => name)).toEqual(
      [],
    );

    // What had been shown is shown again, and nothing that was known is learnt once more before training goes on.
    const shown = iterations(second);
    expect(shown).toEqual([...new Set(shown)].toSorted((a, b) => a - b));
    expect([shown[0], shown.at(-1)]).toEqual([iterations(first)[0], iterations(calm).at(-1)]);
    const beforeTraining = second.events.slice(
      0,
      second.events.findIndex((event) => event.type === 'state' && event.state === 'training'),
    );
    expect(beforeTraining.filter((event) => event.type === 'progress' && event.phase === 'prompts')).toEqual([]);
    expect(beforeTraining.filter(({ type }) => type === 'labels' || type === 'clusters')).toHaveLength(2);

    // Progress goes on from where the run goes on.
    expect(of(second, 'progress').find(({ phase }) => phase === 'train')?.done).toBeGreaterThan(0);

    // One that was finished is there again, as it ended.
    const third = await train(new FileRunStore(file, 0), items);
    expect(of(third, 'state').at(-1)?.state).toBe('finished');
    const trained = of(third, 'progress').filter(({ phase }) => phase === 'train');
    expect(trained.every(({ done, total }) => done === total)).toBe(true);
    expect([...calm.tensors].filter(([name, data]) => third.tensors.get(name) !== data).map(([name]) => name)).toEqual(
      [],
    );
    expect(iterations(third)).toEqual(shown);

    // What an older version of the studio saved may lack what this one needs.
    const saved = await new FileRunStore(file).load();
    if (!saved) throw new Error('nothing was saved');
    saved.snapshot.trainer.tensors.delete([...saved.snapshot.trainer.tensors.keys()][0] ?? '');
    await new FileRunStore(file).save(saved);
    const anew = await train(new FileRunStore(file, 0), items, 0);
    expect(notices(anew, 'not-resumed')).toEqual([expect.stringContaining('begins anew')]);
    expect(anew.events.filter((event) => event.type === 'progress' && event.phase === 'prompts')).not.toEqual([]);
  },
);
