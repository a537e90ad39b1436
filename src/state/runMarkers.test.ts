import { expect, test } from 'vitest';
import { slotIndex } from '../shared/indices';
import type { ClusterCard } from '../shared/domain';
import { markEvent } from './markEvent';
import { reduceEvent } from './reduceEvent';
import { ClusterMoment, clustersAt, clustersOf } from './runMarkers';
import { initialState } from './studioState';

const card = (promptCosine: number): ClusterCard => ({
  slot: slotIndex(0),
  classIndex: 0,
  cluster: 0,
  className: 'cat',
  share: 1,
  spread: null,
  exemplars: [],
  context: [],
  promptCosine,
  words: null,
  history: [],
});

test('what happens is marked at its iteration, and the cards of earlier moments are kept', () => {
  const state = initialState();
  const at = (iteration: number) => (state.run.latest = { iteration, kimg: iteration / 10, values: {} });
  markEvent(state, { type: 'notice', tone: 'warning', code: 'x', text: 'Before training.', action: '' });
  for (const cosine of [0.1, 0.2]) markEvent(state, { type: 'clusters', revision: 1, cards: [card(cosine)] });
  at(100);
  markEvent(state, { type: 'notice', tone: 'warning', code: 'x', text: 'It went back.', action: '' });
  at(200);
  markEvent(state, { type: 'clusters', revision: 2, cards: [card(0.5)] });
  state.run.clusters = [card(0.5)];
  state.session = 'training';
  markEvent(state, { type: 'state', state: 'paused' });
  expect(state.run.markers.map(({ iteration, kind }) => [iteration, kind])).toEqual([
    [100, 'warning'],
    [200, 'clusters'],
    [200, 'pause'],
  ]);
  // Of several states of the cards at one iteration only the last is kept.
  expect(state.run.clusterMoments.map(({ iteration }) => iteration)).toEqual([0, 200]);
  expect(clustersAt(state.run, 150)[0]?.promptCosine).toBe(0.2);
  expect(clustersAt(state.run, 200)[0]?.promptCosine).toBe(0.5);
  expect(clustersAt(state.run, null)[0]?.promptCosine).toBe(0.5);
});

test('where samples lie is of the clusters that are there, and goes with them', () => {
  const state = initialState();
  const cards = [card(0.1), card(0.2)];
  reduceEvent(state, { type: 'clusters', revision: 1, cards }, 0);
  reduceEvent(state, { type: 'clusterSamples', observed: [3, 5], expected: [4, 4] }, 0);
  reduceEvent(state, { type: 'clusters', revision: 2, cards }, 0);
  expect(state.run.clusterSamples).toEqual({ observed: [3, 5], expected: [4, 4] });
  reduceEvent(state, { type: 'clusters', revision: 3, cards: cards.slice(1) }, 0);
  expect(state.run.clusterSamples).toBeNull();
});

test('a grid that was drawn at the iteration at which a cluster was split belongs to the cards before', () => {
  const [one, two] = [[card(0.1)], [card(0.2), card(0.3)]];
  const run = { clusters: two, clusterMoments: [new ClusterMoment(0, one), new ClusterMoment(8, two)] };
  expect(clustersOf(run, 4, 1)).toBe(one);
  expect(clustersOf(run, 8, 1)).toBe(one);
  expect(clustersOf(run, 8, 2)).toBe(two);
  expect(clustersOf(run, 12, 2)).toBe(two);
  // Of a run whose earlier cards were not kept.
  expect(clustersOf({ clusters: one, clusterMoments: [] }, 4, 1)).toBe(one);
});
