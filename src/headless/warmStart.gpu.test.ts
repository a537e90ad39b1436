/** A run that begins with the networks of a kept one: its first samples are the last ones of that. */
import { expect, it } from 'vitest';
import { discardTestEngine, testEngine } from '../gpu/testing/testEngine';
import type { EventOf } from '../session/protocol/events';
import type { SavedRun } from '../session/saving/savedRun';
import { tinyRuns } from './session.testing';
import { sessionRig } from './sessionRig.testing';

it('goes on from what was learnt, with its own course and under its own id', { timeout: 300_000 }, async () => {
  discardTestEngine();
  const saved = new Map<string, SavedRun>();
  const { session, events, heard, last: latest, open, start } = sessionRig(saved);
  const samples = (): EventOf<'samples'>[] => events.filter((event) => event.type === 'samples');
  const config = { ...tinyRuns.biggan, kimg: 0.006 };
  await open();
  const finished = heard((event) => event.type === 'state' && event.state === 'finished');
  await start({ config });
  await finished;
  const last = samples().at(-1);
  const [parent] = saved.keys();
  if (!last || !parent) throw new Error('the first run left nothing');
  expect(last.iteration).toBeGreaterThan(0);

  const begun = heard((event) => event.type === 'samples');
  const title = { data: 'again', origin: 'the first' };
  await start({ config, from: { kind: 'run', run: parent }, title });
  await begun;
  await session.handle({ type: 'stop', id: 4 });
  const first = samples().find((event, i) => i > samples().indexOf(last) && event.iteration === 0);
  expect(new Uint8Array(first?.rgba ?? new ArrayBuffer(0))).toEqual(new Uint8Array(last.rgba));
  const fork = [...saved.values()].find(({ about }) => about.id !== parent)?.about;
  expect(fork?.title).toEqual(title);

  const gone = heard((event) => event.type === 'state' && event.state === 'failed');
  await start({ config, from: { kind: 'run', run: 'nobody' } });
  await gone;
  expect(latest('failed')?.error.what).toContain('no longer kept');
  await session.close();
  await testEngine();
});
