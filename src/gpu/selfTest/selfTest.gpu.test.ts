import { afterEach, describe, expect, it } from 'vitest';
import { acquireDevice } from '../device';
import { createEngine, type Engine } from '../engine';
import { productRecords } from '../gemm/productRecords';
import { discardTestEngine, testEngine } from '../testEngine';
import { memory } from '../tensor';
import { overrideTuning, tuning } from '../tuning';
import { selfTest } from './selfTest';

/** An engine of its own on a driver that compiles something else than it is given. */
async function faultyEngine(fault: (code: string) => string): Promise<Engine> {
  (await testEngine()).dispose();
  discardTestEngine();
  const context = await acquireDevice();
  const create = context.device.createShaderModule.bind(context.device);
  Object.defineProperty(context.device, 'createShaderModule', { configurable: true, value: (descriptor: GPUShaderModuleDescriptor) => create({ ...descriptor, code: fault(descriptor.code) }) });
  return createEngine(context);
}

describe('self-test', () => {
  afterEach(() => overrideTuning({}));

  it('finds nothing on a driver that computes rightly, and leaves nothing behind', async () => {
    const engine = await testEngine();
    const before = memory().numTensors;
    const report = await selfTest(engine, { milliseconds: 100_000 });
    expect(report).toMatchObject({ findings: [], cutShort: false });
    expect(report.checks).toBeGreaterThanOrEqual(6);
    expect(memory().numTensors).toBe(before);
    expect(productRecords(engine.backend.device).banned.size).toBe(0);
    await engine.settle();
  });

  it('falls back to the direct product where a tile is computed wrongly', async () => {
    // The last quarter of each step of k gets lost, in tiled products only.
    const engine = await faultyEngine((code) => code.replaceAll('q < 4; q++', 'q < 3; q++'));
    overrideTuning({ workgroupMemory: true, bakeShapes: false });
    const one = { milliseconds: 100_000, thorough: false, variants: ['64x64t256'], kernels: ['matrix product', 'convolution'] };
    const report = await selfTest(engine, one);
    expect(report.findings).toMatchObject([{ kernel: 'matrix product', variant: '64x64t256' }, { kernel: 'convolution', variant: '64x64t256' }]);
    expect([...productRecords(engine.backend.device).banned]).toContain('conv2d.gradientFilter 64x64t256');
    // What was found is not used any more, and so not found again.
    expect((await selfTest(engine, one)).findings).toEqual([]);
    engine.dispose();
  });

  it('gives up workgroup memory where a sum across threads is wrong', async () => {
    const engine = await faultyEngine((code) => code.replaceAll('partial[thread] += partial[thread + half]', 'partial[thread] += 0.5 * partial[thread + half]'));
    overrideTuning({ bakeShapes: false, workgroupMemory: true });
    const report = await selfTest(engine, { milliseconds: 100_000, thorough: true, kernels: ['layer normalisation', 'normalisation of rows', 'average pooling'] });
    expect(report.findings.map(({ kernel }) => kernel)).toEqual(['layer normalisation', 'normalisation of rows']);
    expect(new Set(report.findings.map(({ variant }) => variant))).toEqual(new Set(['with workgroup memory']));
    // No setting brings it back on this device.
    expect(tuning().workgroupMemory).toBe(false);
    engine.dispose();
  });

  it('refuses to train where even the simplest kernel is wrong, in words that say so', async () => {
    const engine = await faultyEngine((code) => code.replaceAll('fma(', '1.001 * fma('));
    await expect(selfTest(engine, { thorough: false })).rejects.toMatchObject({
      info: { code: 'gpu-untrusted', what: expect.stringContaining('cannot be trusted') as string, action: expect.stringContaining('driver') as string },
    });
    engine.dispose();
  });

  it('treats a kernel that the driver refuses like a wrong one, and stops when time is up', async () => {
    const engine = await faultyEngine((code) => (code.includes('var<workgroup> tileA') ? 'nonsense' : code));
    overrideTuning({ workgroupMemory: true, bakeShapes: false });
    const report = await selfTest(engine, { milliseconds: 0.001, thorough: false, variants: ['64x64t256'] });
    expect(report.cutShort).toBe(true);
    expect(report.findings.every(({ error }) => error === Infinity)).toBe(true);
    engine.dispose();
  });
});
