/**
 * The embedded CLIPs by onnxruntime's native library and by its wasm build, both in Node, against each other and
 * against PyTorch.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { openFrozenClip } from '../frozen';
import { loadClipLit, loadClipNano, readGolden } from '../testing/clipNano';
import { expectGolden, goldenPixels } from '../testing/golden';
import { leastCosine } from '../vectors';

it.each([
  ['clip-nano', loadClipNano],
  ['clip-lit', loadClipLit],
] as const)('gives %s’s features as PyTorch gave them, natively and in wasm', async (id, load) => {
  const [model, golden] = await Promise.all([load(), readGolden(id)]);
  const pixels = goldenPixels(model.imageSize);
  const frozen = await openFrozenClip(model);
  const wasm = await frozen.encodeImages(pixels);
  await frozen.close();
  const session = await InferenceSession.create(model.vision, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const results = await session.run({
    [session.inputNames[0] ?? '']: new Tensor('float32', pixels, [4, 3, model.imageSize, model.imageSize]),
  });
  const native = results['image_embeds']?.data as Float32Array;
  await session.release();
  expectGolden(wasm, golden);
  expectGolden(native, golden);
  expect(leastCosine(wasm, native, model.dim)).toBeGreaterThan(0.999999);
});
