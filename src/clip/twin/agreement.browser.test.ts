/**
 * clip-nano in a real browser: onnxruntime there and the twin on its GPU give what PyTorch gave. The same is held in
 * Node by the other tests of this folder.
 */
import { expect, it } from 'vitest';
import { tensor, type Tensor4D } from '../../gpu/tensor';
import { testEngine } from '../../gpu/testing/testEngine';
import { openFrozenClip } from '../frozen';
import { loadClip } from '../load';
import { fetchIo } from '../loadIo';
import { expectGolden, goldenPictures, goldenPixels, type Golden } from '../testing/golden';
import { leastCosine } from '../vectors';
import { imageTwin } from './imageTwin';

const models = new URL('.', new URL('../../../models/manifest.json', import.meta.url)).href;

it('gives clip-nano’s features by onnxruntime and by the twin as PyTorch gave them', async () => {
  const golden = (await (await fetch(`${models}clip-nano/golden.json`)).json()) as Golden;
  const model = await loadClip({ kind: 'manifest', id: 'clip-nano' }, fetchIo(models), () => {});
  const frozen = await openFrozenClip(model);
  const reference = await frozen.encodeImages(goldenPixels());
  expectGolden(reference, golden);
  await frozen.close();
  const engine = await testEngine();
  const twin = await imageTwin(model);
  const pictures = tensor(goldenPictures(model), [4, 64, 64, 3]) as Tensor4D;
  const embeddings = twin.encode(pictures);
  const features = (await embeddings.data()) as Float32Array;
  expectGolden(features, golden);
  expect(leastCosine(reference, features, model.dim)).toBeGreaterThan(0.999999);
  for (const made of [pictures, embeddings, twin]) made.dispose();
  await engine.settle();
});
