import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { folderIo } from '../../clip/nodeIo';
import { MemoryBlobStore } from '../../data/blobStore';
import { FeatureCache } from '../../data/featureCache';
import { expectClip } from './expectClip';
import { recipeOf } from './featureRecipe';
import manifest from '../../../models/manifest.json' with { type: 'json' };

const clipIo = folderIo(fileURLToPath(new URL('../../../models/', import.meta.url)));
const nano = { kind: 'manifest', id: 'clip-nano' } as const;
const hash = (i: number): string => i.toString(16).padStart(64, '0');

it('knows size and features of a CLIP of the list, without loading it', async () => {
  const store = new MemoryBlobStore();
  const entry = manifest.entries.find(({ id }) => id === nano.id);
  const tower = entry?.files.find(({ role }) => role === 'vision');
  if (!entry || !tower) throw new Error('no clip-nano');
  const { imageSize, mean, std } = entry.preprocessing;
  const recipe = recipeOf({ id: nano.id, imageSize, mean: triple(mean), std: triple(std) });
  await new FeatureCache(store, { clip: tower.sha256, recipe, dim: 4 }).add([hash(1)], new Float32Array(4));
  const pictures = await expectClip({ clipIo, store }, nano, 32);
  expect(pictures?.size).toBe(64);
  expect([1, 2].map((i) => pictures?.wants(hash(i)))).toEqual([false, true]);
  // Over another colour it has seen none of them.
  const overBlack = await expectClip({ clipIo, store }, nano, 32, '#000000');
  expect([1, 2].map((i) => overBlack?.wants(hash(i)))).toEqual([true, true]);
});

it('expects nothing where the size is the training size, or nobody can tell it', async () => {
  const ports = { clipIo, store: new MemoryBlobStore() };
  expect(await expectClip(ports, nano, 64)).toBeNull();
  expect(await expectClip(ports, { kind: 'manifest', id: 'no such CLIP' }, 32)).toBeNull();
  expect(await expectClip(ports, { kind: 'files', files: [] }, 32)).toBeNull();
  expect(await expectClip(ports, undefined, 32)).toBeNull();
  const offline = { open: () => Promise.reject(new Error('no network')) };
  expect(await expectClip({ ...ports, clipIo: offline }, nano, 32)).toBeNull();
});

function triple([a = 0, b = 0, c = 0]: number[]): [number, number, number] {
  return [a, b, c];
}
