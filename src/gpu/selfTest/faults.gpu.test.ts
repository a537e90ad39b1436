/**
 * Faults of a driver, planted into single kernels: the check that the kernel belongs to notices each, and none that has
 * another kernel.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { Engine } from '../engine';
import { overrideTuning } from '../tuning';
import { basicChecks, furtherChecks } from './checks';
import { faultyEngine, halfSums } from './faultyEngine.testing';
import { Judged, type KernelCheck } from './judge';

interface Fault {
  check: string;
  kernel: string;
  code: string;
  becomes: string;
}

/** Values are wrong here, gradients there; mostly a little. */
const faults: readonly Fault[] = [
  { check: 'reading of pictures', kernel: 'dataset.gather', code: '/ 127.5', becomes: '/ 127.0' },
  {
    check: 'spectral normalisation',
    kernel: 'spectralArena.back',
    code: 'products[entry] * pair',
    becomes: '0.9 * products[entry] * pair',
  },
  {
    check: 'spectral normalisation with vectors held',
    kernel: 'spectralArena.divide',
    code: 'entry >= 0',
    becomes: 'entry > 0',
  },
  { check: 'hinge loss', kernel: 'weightedHinge.gradient', code: '< 1.0', becomes: '< 0.5' },
  {
    check: 'optimizer',
    kernel: 'adam.update',
    code: 'let bad = (bits & exponent) == exponent',
    becomes: 'let bad = (bits & exponent) == vec4<u32>(1u)',
  },
  { check: 'moving average', kernel: 'ema.update', code: 'decay[0]', becomes: '0.999 * decay[0]' },
  {
    check: 'means of logits',
    kernel: 'logitMeans',
    code: 'signs += sign(logit)',
    becomes: 'signs += 0.5 * sign(logit)',
  },
  {
    check: 'uniform random numbers',
    kernel: 'random.uniform',
    code: 'words >> vec4<u32>(8u)',
    becomes: '(words >> vec4<u32>(8u)) ^ vec4<u32>(1u)',
  },
  { check: 'adaptive augmentation', kernel: 'ada.warpAdjoint', code: 'w.x * w.y', becomes: 'w.x' },
  {
    check: 'enlarging by two',
    kernel: 'resample.repeat2x',
    code: 'output[below] = repeated',
    becomes: 'output[below] = 0.99 * repeated',
  },
  {
    check: 'splitting and joining of columns',
    kernel: 'joinColumns',
    code: 'let c = i32(index) % dims.span',
    becomes: 'let c = max(i32(index) % dims.span, 1)',
  },
  { check: 'layer normalisation of a sum', kernel: 'layerNorm.gradientX', code: 'skip[start + i] + ', becomes: '' },
  { check: 'softmax', kernel: 'softmax.gradient', code: 'dy[start + i] - mean', becomes: 'dy[start + i]' },
  { check: 'embeddings by number', kernel: 'segmentSum', code: 'sum += x', becomes: 'sum = x' },
  {
    check: 'filtering and resampling',
    kernel: 'upfirdn2d',
    code: 'total += taps[tap]',
    becomes: 'total += 0.999 * taps[tap]',
  },
  {
    check: 'deviation within groups',
    kernel: 'minibatchStd.gradient',
    code: 'factor * (x[here] - mean)',
    becomes: 'factor * x[here]',
  },
  {
    check: 'convolution by channel',
    kernel: 'depthwiseConv2d.gradientFilter',
    code: 'line < dims.B * dims.OH',
    becomes: 'line < dims.B * dims.OH - 1',
  },
  {
    check: 'matrix product with float16 weights',
    kernel: 'halfMatrix.pack',
    code: 'x[2 * i + 1]',
    becomes: 'x[2 * i]',
  },
];

/** Kernels of checks whose fault is in the sums that threads share, with workgroup memory. */
const sharing: readonly string[] = [
  'spectral normalisation',
  'hinge loss',
  'conditional batch normalisation',
  'random augmentation',
  'normalisation of rows',
  'layer normalisation',
  'layer normalisation of a sum',
  'softmax',
  'deviation within groups',
];

const checks = [...basicChecks, ...furtherChecks.flat()];

function checksNamed(name: string): KernelCheck[] {
  const found = checks.filter((check) => check.name === name);
  expect(found, name).not.toEqual([]);
  return found;
}

/** @returns the largest error of the checks of a name, over what is tolerated */
async function errorOf(engine: Engine, name: string): Promise<number> {
  let worst = 0;
  for (const check of checksNamed(name)) {
    const judged = new Judged(engine.backend, check);
    worst = Math.max(worst, await judged.error());
    judged.dispose();
  }
  return worst;
}

describe('a fault of the driver', () => {
  afterEach(() => overrideTuning({}));

  // One test, since a test ends with its engine.
  it('in one kernel is found by the check of that kernel, and not by those of others', async () => {
    const engine = await faultyEngine((code, label) => {
      const fault = faults.find(({ kernel }) => kernel === label);
      return fault ? code.replaceAll(fault.code, fault.becomes) : code;
    });
    overrideTuning({ workgroupMemory: false, bakeShapes: false });
    for (const { check, kernel } of faults) {
      const error = await errorOf(engine, check);
      expect(error, `${kernel}, ${check}`).toBeGreaterThan(1);
      // It was computed, and not refused; the optimizer then holds a value that is not finite.
      expect(Number.isFinite(error), check).toBe(check !== 'optimizer');
    }
    for (const check of ['bias and activation', 'sum over rows', 'random numbers', 'average pooling', 'attention'])
      expect(await errorOf(engine, check), check).toBeLessThanOrEqual(1);
    engine.dispose();
  });

  it('in sums that threads share is found wherever there are some', async () => {
    const engine = await faultyEngine(halfSums);
    overrideTuning({ workgroupMemory: true, bakeShapes: false });
    for (const check of sharing) {
      const error = await errorOf(engine, check);
      expect(error, check).toBeGreaterThan(1);
      expect(error, check).toBeLessThan(Infinity);
    }
    for (const check of ['bias and activation', 'average pooling', 'optimizer', 'filtering and resampling'])
      expect(await errorOf(engine, check), check).toBeLessThanOrEqual(1);
    engine.dispose();
  });

  it.each([
    ['computed wrongly', (code: string): string => code.replaceAll('fma(', '1.001 * fma(')],
    ['refused', (): string => 'nonsense'],
  ])('in kernels that only steps join, %s, is found by the check of joined kernels', async (_, broken) => {
    const engine = await faultyEngine((code, label) => (label.includes('+') ? broken(code) : code));
    overrideTuning({ workgroupMemory: false, bakeShapes: false });
    expect(await errorOf(engine, 'joined kernels')).toBeGreaterThan(1);
    expect(await errorOf(engine, 'enlarging by two')).toBeLessThanOrEqual(1);
    // Nothing of it reaches whoever listens for errors of the engine.
    await engine.settle();
    engine.dispose();
  });
});
