import { expect, it } from 'vitest';
import { testEngine } from '../../gpu/testing/testEngine';
import { presets } from '../../shared/config';
import { benchmark } from './benchmark';

const config = {
  ...presets.tiny,
  preset: 'custom' as const,
  batch: 2,
  generator: { width: 8, latent: 4, embedding: 4, latentAtBlocks: false },
  discriminator: { width: 8 },
};

it('times iterations, frees what it took, and ends when it is told to', async () => {
  const engine = await testEngine();
  const settle = () => engine.settle();
  const { signal } = new AbortController();
  const found = await benchmark(config, 2, settle, signal);
  expect(found.iterations).toBe(2);
  expect(found.secondsPerIteration).toBeGreaterThan(0);
  const aborted = new AbortController();
  aborted.abort(new DOMException('A run begins.', 'AbortError'));
  await expect(benchmark(config, 2, settle, aborted.signal)).rejects.toThrow('A run begins.');
});
