/**
 * Set-up of the `gpu-browser` test project, the mirror of the one for Node (`headless/gpuTestSetup.ts`): the shared
 * engine on the browser's own WebGPU. Every uncaptured GPU error fails the test that caused it, because WebGPU itself
 * goes on silently with stale memory.
 */
import { afterEach, beforeAll } from 'vitest';
import { testEngine } from './testEngine';

beforeAll(async () => {
  await testEngine();
});

afterEach(async () => {
  const engine = await testEngine();
  await engine.settle();
});
