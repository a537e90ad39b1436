/**
 * Clusters that a person merges and splits while a run trains: networks and prompts follow at the refresh, names and
 * locks go along, and a run that is broken off goes on with the clusters that it had.
 */
import { expect, it } from 'vitest';
import { discardTestEngine, testEngine } from '../gpu/testing/testEngine';
import { noEdits } from '../lcp/partition/clusterEdits';
import type { SavedRun } from '../session/saving/savedRun';
import { reached, tinyRuns } from './session.testing';
import { sessionRig } from './sessionRig.testing';

const saved = new Map<string, SavedRun>();

it('follow what a person wants, and outlive the process', { timeout: 600_000 }, async () => {
  discardTestEngine();
  const tiny = tinyRuns.biggan;
  const config = { ...tiny, kimg: 0.4, partition: { ...tiny.partition, clustersPerClass: 2 } };
  const one = sessionRig(saved);
  const begun = one.heard(reached(1));
  await one.open();
  await one.start({ config });
  await begun;
  expect(one.last('samples')?.rows).toHaveLength(4);
  const edits = {
    ...noEdits,
    names: [{ slot: 2, name: 'deep blue' }],
    locked: [2],
    merges: [[0, 1]] as [number, number][],
  };
  const before = one.last('stats')?.points.at(-1)?.iteration ?? 0;
  const merged = one.heard((event) => event.type === 'samples' && event.rows.length === 3);
  const reshaped = one.heard((event) => event.type === 'clusters' && event.cards.length === 3);
  await one.session.handle({ type: 'editClusters', id: 3, edits, now: true });
  await reshaped;
  const toldBefore = one.last('clusterEdits')?.edits;
  await merged;
  const after = { ...noEdits, names: [{ slot: 1, name: 'deep blue' }], locked: [1] };
  // Told before the cards of the new clusters are: at no moment another one bears the name.
  expect(toldBefore).toEqual(after);
  expect(one.last('clusterEdits')?.edits).toEqual(after);
  expect(one.last('clusters')?.cards.map(({ classIndex, cluster }) => [classIndex, cluster])).toEqual([
    [0, 0],
    [1, 0],
    [1, 1],
  ]);
  const on = one.heard((event) => event.type === 'stats' && (event.points.at(-1)?.iteration ?? 0) > before + 2);
  await on;
  await one.session.handle({ type: 'stop', id: 5 });
  await one.session.close();
  const stoppedAt = Math.max(...[...saved.values()].map(({ about }) => about.iteration));

  const other = sessionRig(saved);
  const goesOn = other.heard(reached(stoppedAt + 1));
  await other.open();
  await other.start({ config, resume: 'must' });
  await goesOn;
  expect(other.last('clusterEdits')?.edits).toEqual(after);
  expect(other.last('samples')?.rows).toHaveLength(3);
  // Each prompt has a past: what it began as, and what it was learnt on to when the clusters were merged.
  const { cards = [] } = other.last('clusters') ?? {};
  expect(cards.map(({ history }) => history.map(({ iteration }) => iteration > 0))).toEqual(
    cards.map(() => [false, true]),
  );
  expect(cards.every(({ history, spread }) => (history[1]?.turned ?? 0) > 0 && (spread ?? 0) > 0)).toBe(true);
  const map = await other.session.handle({ type: 'clusterMap', id: 6 });
  expect(map.past.map(({ prompts }) => prompts.length / map.dimensions)).toEqual([4, 3]);
  expect(map.past.at(-1)?.prompts).toEqual(map.prompts);
  await other.session.close();
  await testEngine();
});
