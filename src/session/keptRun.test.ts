import { describe, expect, it } from 'vitest';
import { SparseRows } from '../lcp/sparseRows';
import { presets } from '../shared/config';
import type { ImportedDataset } from './importDataset';
import { identityOf, isOf, keptRun, revivedKnowledge, revivedMemory } from './keptRun';
import type { Knowledge } from './knowledge';
import { emptyMemory } from './trainingMemory';

const dataset = { hashes: ['a', 'b'], labels: Int32Array.of(0, -1) } as unknown as ImportedDataset;
const clip = { hash: 'clip' };
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
const snapshot = { trainer: { iteration: 7, draws: 9, rateScale: 0.5, tensors: new Map([['generator/w', { shape: [2], data: Float32Array.of(1, 2) }]]) }, cursor: { epoch: 1, position: 3 } };
const memory = { ...emptyMemory(), history: [{ iteration: 7, kimg: 0.1, values: { lossD: 1 } }], rollbacks: { total: 2, inARow: 1, furthest: 8 }, refreshedAt: 5 };

/** What a structured clone leaves of it, as any store does. */
const stored = () => structuredClone(keptRun(identity, knowledge, snapshot, memory));

describe('a kept run', () => {
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
    expect(revived).toMatchObject({ history: memory.history, rollbacks: memory.rollbacks, refreshedAt: 5, grid: null, rescue: null });
  });

  it('does not change with the run that goes on', () => {
    const kept = keptRun(identity, knowledge, snapshot, memory);
    memory.history.push({ iteration: 8, kimg: 0.1, values: { lossD: 2 } });
    expect(kept.history).toHaveLength(1);
    memory.history.pop();
  });

  it('belongs to the same pictures, labels, configuration and CLIP, and to no others', () => {
    expect(isOf(stored(), identity)).toBe(true);
    const others = [
      identityOf({ ...dataset, labels: Int32Array.of(0, 1) }, presets.tiny, clip),
      identityOf({ ...dataset, hashes: ['b', 'a'] }, presets.tiny, clip),
      identityOf(dataset, { ...presets.tiny, seed: presets.tiny.seed + 1 }, clip),
      identityOf(dataset, presets.tiny, { hash: 'another' }),
    ];
    expect(others.map((other) => isOf(stored(), other))).toEqual([false, false, false, false]);
    expect(isOf({ ...stored(), format: 2 as 1 }, identity)).toBe(false);
  });
});
