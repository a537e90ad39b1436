/**
 * Set-up of the `gpu` test project: Dawn under Node and the shared engine. Every uncaptured GPU error fails the test
 * that caused it, because WebGPU itself goes on silently with stale memory.
 */
import { afterEach, beforeAll } from 'vitest';
import { testEngine } from '../gpu/testing/testEngine';
import { keepShaders } from './keptShaders';
import { installNodeGpu } from './nodeGpu';

installNodeGpu();
if (process.env.SHADERS) keepShaders(process.env.SHADERS);

beforeAll(async () => {
  await testEngine();
});

afterEach(async () => {
  const engine = await testEngine();
  await engine.settle();
});
