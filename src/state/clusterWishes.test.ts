import { expect, it } from 'vitest';
import { noEdits, type ClusterEdits } from '../lcp/partition/clusterEdits';
import { Studio } from './studio';
import { testPorts } from './testing';

it('what is wanted of clusters adds up, later wishes replace earlier ones, and is taken back without names', async () => {
  const ports = testPorts([]);
  const studio = new Studio(ports);
  await studio.boot();
  const [session] = ports.sessions;
  if (!session) throw new Error('no session');
  const asked: { edits: ClusterEdits; now: boolean }[] = [];
  Object.assign(session.port, {
    editClusters: async (args: { edits: ClusterEdits; now: boolean }) => {
      asked.push(args);
      session.emit({ type: 'clusterEdits', edits: args.edits });
    },
  });
  const { clusterWishes } = studio;
  const edits = (): ClusterEdits => studio.state.run.clusterEdits;
  await clusterWishes.rename(1, '  striped ');
  await clusterWishes.lock(0, true);
  await clusterWishes.split(2);
  await clusterWishes.merge(2, 3);
  expect(edits()).toEqual({ ...noEdits, names: [{ slot: 1, name: 'striped' }], locked: [0], merges: [[2, 3]] });
  const slots = [0, 1, 2, 3].map((slot) => ({ slot, classIndex: slot >> 1, cluster: slot & 1 }));
  await clusterWishes.setCount(1, 4, slots);
  expect(edits()).toMatchObject({ merges: [], counts: [{ classIndex: 1, clusters: 4 }] });
  await clusterWishes.setCount(1, 2, slots);
  expect(edits().counts).toEqual([]);
  await clusterWishes.split(0);
  await clusterWishes.applyNow();
  expect(asked.at(-1)).toMatchObject({ now: true, edits: { splits: [0] } });
  // What is split is no longer locked.
  await clusterWishes.lock(3, true);
  await clusterWishes.merge(2, 3);
  expect(edits()).toMatchObject({ locked: [], merges: [[2, 3]] });
  // Nor is what is locked then merged.
  await clusterWishes.lock(3, true);
  expect(edits()).toMatchObject({ locked: [3], merges: [] });
  await clusterWishes.takeBack();
  expect(edits()).toEqual({ ...noEdits, names: [{ slot: 1, name: 'striped' }], locked: [3] });
  await clusterWishes.rename(1, ' ');
  expect(edits().names).toEqual([]);
});
