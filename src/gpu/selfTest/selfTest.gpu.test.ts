import { afterEach, describe, expect, it } from 'vitest';
import { productRecords } from '../gemm/productRecords';
import { testEngine } from '../testing/testEngine';
import { memory } from '../tensor';
import { overrideTuning, tuning } from '../tuning';
import { basicChecks, furtherChecks } from './checks';
import { faultyEngine, halfSums } from './faultyEngine.testing';
import { selfTest } from './selfTest';

describe('self-test', () => {
  afterEach(() => overrideTuning({}));

  it('finds nothing on a driver that computes rightly, and leaves nothing behind', async () => {
    const engine = await testEngine();
    const before = memory().numTensors;
    const report = await selfTest(engine, { milliseconds: 100_000 });
    expect(report).toMatchObject({ findings: [], cutShort: false });
    expect(report.checks).toBeGreaterThanOrEqual(2 + basicChecks.length);
    expect(memory().numTensors).toBe(before);
    expect(productRecords(engine.backend.device).banned.size).toBe(0);
    await engine.settle();
  });

  it.each([false, true])('finds nothing in all of its checks there, workgroup memory %s', async (workgroupMemory) => {
    const engine = await testEngine();
    const before = memory().numTensors;
    const kernels = [...basicChecks, ...furtherChecks.flat()].map(({ name }) => name);
    // A tile takes seconds to compile here; `gemm/variants.gpu.test.ts` compares them one by one.
    overrideTuning(
      workgroupMemory
        ? { workgroupMemory, bakeShapes: false, wantedWorkgroups: 264, variant: 'direct' }
        : { workgroupMemory, bakeShapes: false },
    );
    const report = await selfTest(engine, {
      milliseconds: 1_000_000,
      thorough: true,
      ...(workgroupMemory ? { kernels } : {}),
    });
    expect(report).toMatchObject({ findings: [], cutShort: false });
    // Without the filter: products too, aligned and not.
    expect(report.checks - kernels.length).toBeGreaterThanOrEqual(workgroupMemory ? 0 : 4);
    expect(memory().numTensors).toBe(before);
    await engine.settle();
  });

  it('falls back to the direct product where a tile is computed wrongly', async () => {
    // The last quarter of each step of k gets lost, in tiled products only.
    const engine = await faultyEngine((code) => code.replaceAll('q < 4; q++', 'q < 3; q++'));
    overrideTuning({ workgroupMemory: true, bakeShapes: false });
    const one = {
      milliseconds: 100_000,
      thorough: false,
      variants: ['64x64t256'],
      kernels: ['matrix product', 'convolution'],
    };
    const report = await selfTest(engine, one);
    expect(report.findings).toMatchObject([
      { kernel: 'matrix product', variant: '64x64t256' },
      { kernel: 'convolution', variant: '64x64t256' },
    ]);
    expect([...productRecords(engine.backend.device).banned]).toContain('conv2d.gradientFilter 64x64t256');
    // What was found is not used any more, and so not found again.
    expect((await selfTest(engine, one)).findings).toEqual([]);
    engine.dispose();
  });

  it('gives up workgroup memory where a sum across threads is wrong', async () => {
    const engine = await faultyEngine(halfSums);
    overrideTuning({ bakeShapes: false, workgroupMemory: true });
    const report = await selfTest(engine, {
      milliseconds: 100_000,
      thorough: true,
      kernels: ['spectral normalisation', 'hinge loss', 'moving average', 'layer normalisation'],
    });
    // The last one runs in its other form by then.
    expect(report.findings.map(({ kernel }) => kernel)).toEqual(['spectral normalisation', 'hinge loss']);
    expect(new Set(report.findings.map(({ variant }) => variant))).toEqual(new Set(['with workgroup memory']));
    // No setting brings it back on this device.
    expect(tuning().workgroupMemory).toBe(false);
    engine.dispose();
  });

  it('refuses to train where a kernel that was right is wrong in the form that another one needs', async () => {
    const engine = await faultyEngine((code, label) =>
      label === 'weightedHinge.loss'
        ? code.replace('const LANES = 1;', 'const LANES = 2;')
        : label.startsWith('layerNorm')
          ? halfSums(code)
          : code,
    );
    overrideTuning({ bakeShapes: false, workgroupMemory: true });
    const options = { milliseconds: 100_000, thorough: true, kernels: ['hinge loss', 'layer normalisation'] };
    await expect(selfTest(engine, options)).rejects.toMatchObject({
      info: { code: 'gpu-untrusted', why: expect.stringContaining('hinge loss') as string },
    });
    engine.dispose();
  });

  it('refuses to train where a kernel that has one form is wrong', async () => {
    const engine = await faultyEngine((code) => code.replace('/ 127.5', '/ 127.0'));
    overrideTuning({ bakeShapes: false, workgroupMemory: true });
    const options = { milliseconds: 100_000, kernels: ['reading of pictures'] };
    await expect(selfTest(engine, options)).rejects.toMatchObject({
      info: { code: 'gpu-untrusted', why: expect.stringContaining('reading of pictures') as string },
    });
    engine.dispose();
  });

  it('refuses to train where even the simplest kernel is wrong, in words that say so', async () => {
    const engine = await faultyEngine((code) => code.replaceAll('fma(', '1.001 * fma('));
    await expect(selfTest(engine, { thorough: false })).rejects.toMatchObject({
      info: {
        code: 'gpu-untrusted',
        what: expect.stringContaining('cannot be trusted') as string,
        action: expect.stringContaining('driver') as string,
      },
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
