/**
 * clip-nano by onnxruntime's native library and by its wasm build, both in Node, against each other and against
 * PyTorch.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { openFrozenClip } from '../frozen';
import { loadClipNano, readGolden } from '../testing/clipNano';
import { expectGolden, goldenPixels } from '../testing/golden';
import { leastCosine } from '../vectors';

it('gives clip-nano’s features as PyTorch gave them, natively and in wasm', async () => {
  const [model, golden] = await Promise.all([loadClipNano(), readGolden()]);
  const frozen = await openFrozenClip(model);
  const wasm = await frozen.encodeImages(goldenPixels());
  await frozen.close();
  const session = await InferenceSession.create(model.vision, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const results = await session.run({
    [session.inputNames[0] ?? '']: new Tensor('float32', goldenPixels(), [4, 3, 64, 64]),
  });
  const native = results['image_embeds']?.data as Float32Array;
  await session.release();
  expectGolden(wasm, golden);
  expectGolden(native, golden);
  expect(leastCosine(wasm, native, model.dim)).toBeGreaterThan(0.999999);
});
