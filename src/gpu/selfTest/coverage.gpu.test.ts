/**
 * No kernel is left out of the self-test. What counts is what is dispatched, not what anybody says: the kernels that
 * every operation of the table of all operations runs, forward and for its first derivatives, must be among those that
 * the self-test's checks run; so must those that no operation of the table runs, as the sources name them. Nothing is
 * run here, only recorded.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Recording } from '../capture/recording';
import { StepTracer } from '../capture/tracer';
import { laneCount } from '../gemm/lanes';
import { grads, tidy, type Tensor } from '../tensor';
import { testEngine } from '../testing/testEngine';
import { randomArray, sizeOf, toTensor } from '../testing/arrays';
import { opTable } from '../testing/opTable';
import { overrideTuning } from '../tuning';
import { basicChecks, furtherChecks } from './checks';
import { Judged, type KernelCheck } from './judge';
import { convCheck, matMulCheck } from './productChecks';

/** Kernels that the self-test leaves out, and why. */
const exceptions: Readonly<Record<string, string>> = {
  'autotune.fill': 'makes numbers to time products with; the tuner compares every product on them with float64 sums',
  integerToFloat: 'no network and no loss turns integers into floats on the GPU',
  'maxPool.picked': 'for second derivatives of the library’s max pooling; steps take first ones',
  'transform.transposed': 'for gradients of the library’s image.transform, which no network uses',
};

const checks: readonly KernelCheck[] = [matMulCheck, convCheck, ...basicChecks, ...furtherChecks.flat()];
// Joined kernels have names of their own; apart, they have those that are asked for.
const plain = checks.map((check): KernelCheck => ({ ...check, joined: false }));

const sources = import.meta.glob<string>(['../**/*.ts', '!../**/*.test.ts', '!../testing/**'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Names of kernels that are dispatched under a fixed name. */
function namedInSources(): string[] {
  const call = /\b(?:runProgram|dispatch|dispatchTensors|elementwise|run)\((?:backend, )?\{\s*label: '([\w.]+)'/g;
  return [
    ...new Set(Object.values(sources).flatMap((source) => [...source.matchAll(call)].map(([, name = '']) => name))),
  ];
}

/** Names of our kernels that are recorded meanwhile; those of the tensor library have no layout of their own. */
function kernelsOf(record: () => void): Set<string> {
  const spy = vi.spyOn(StepTracer.prototype, 'compute');
  try {
    record();
    return new Set(spy.mock.calls.flatMap(([{ label, layout }]) => (layout ? [label] : [])));
  } finally {
    spy.mockRestore();
  }
}

describe.each([false, true])('the self-test, workgroup memory %s', (workgroupMemory) => {
  const checked = new Set<string>();

  beforeEach(() => overrideTuning({ workgroupMemory, bakeShapes: false }));
  afterEach(() => overrideTuning({}));

  beforeAll(async () => {
    const { backend } = await testEngine();
    overrideTuning({ workgroupMemory, bakeShapes: false });
    for (const check of plain) {
      for (const name of kernelsOf(() => new Judged(backend, check).dispose())) checked.add(name);
    }
    overrideTuning({});
  });

  it('runs every kernel that an operation of the table runs', async () => {
    const { backend } = await testEngine();
    const missing = opTable.flatMap(([name, { inputs, op }]) => {
      const given = inputs.map(({ shape, scale = 1, offset = 0 }, n) =>
        toTensor(
          randomArray(sizeOf(shape), n).map((value) => value * scale + offset),
          shape,
        ),
      );
      const body = (): Tensor[] => tidy(() => grads((...tensors: Tensor[]) => op(...tensors))(given));
      const kernels = kernelsOf(() => new Recording(backend, name, () => tidy(() => void body())).dispose());
      given.forEach((tensor) => tensor.dispose());
      expect(kernels.size, name).toBeGreaterThan(0);
      return [...kernels].filter((kernel) => !checked.has(kernel)).map((kernel) => `${name}: ${kernel}`);
    });
    expect(missing).toEqual([]);
  });

  it('runs every kernel that the sources name, or there is a reason', async () => {
    const named = namedInSources();
    const { backend } = await testEngine();
    const onVectorRegisters = !workgroupMemory && laneCount(backend.device) > 0;
    expect(named).toEqual(
      expect.arrayContaining([
        'adam.update',
        'ema.update',
        'dataset.gather',
        'spectralArena.back',
        'logitMeans',
        'softmax.gradient',
        ...Object.keys(exceptions),
      ]),
    );
    expect(named.filter((name) => !checked.has(name) && !(name in exceptions))).toEqual(
      onVectorRegisters ? [] : ['attention.backwardKeys'],
    );
    expect(Object.keys(exceptions).filter((name) => checked.has(name))).toEqual([]);
  });
});
