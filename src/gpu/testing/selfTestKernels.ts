/** Which kernels the self-test dispatches: recorded, not run, and not what anybody says. */
import { vi } from 'vitest';
import type { StudioBackend } from '../backend';
import { StepTracer } from '../capture/tracer';
import { basicChecks, furtherChecks } from '../selfTest/checks';
import { Judged, type KernelCheck } from '../selfTest/judge';
import { convCheck, matMulCheck } from '../selfTest/productChecks';

/** Kernels that the self-test leaves out, and why. */
export const selfTestExceptions: Readonly<Record<string, string>> = {
  'autotune.fill': 'makes numbers to time products with; the tuner compares every product on them with float64 sums',
  integerToFloat: 'no network and no loss turns integers into floats on the GPU',
  'maxPool.picked': 'for second derivatives of the library’s max pooling; steps take first ones',
  'transform.transposed': 'for gradients of the library’s image.transform, which no network uses',
};

const checks: readonly KernelCheck[] = [matMulCheck, convCheck, ...basicChecks, ...furtherChecks.flat()];

/** Names of our kernels that are recorded meanwhile; those of the tensor library have no layout of their own. */
export function kernelsOf(record: () => void): Set<string> {
  const spy = vi.spyOn(StepTracer.prototype, 'compute');
  try {
    record();
    return new Set(spy.mock.calls.flatMap(([{ label, layout }]) => (layout ? [label] : [])));
  } finally {
    spy.mockRestore();
  }
}

/** Names of all kernels that the self-test's checks run, as the tuning is. */
export function kernelsOfSelfTest(backend: StudioBackend): Set<string> {
  // Joined kernels have names of their own; apart, they have those that are asked for.
  const plain = checks.map((check): KernelCheck => ({ ...check, joined: false }));
  return new Set(plain.flatMap((check) => [...kernelsOf(() => new Judged(backend, check).dispose())]));
}
