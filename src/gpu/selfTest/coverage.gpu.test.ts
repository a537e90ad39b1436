/**
 * No kernel is left out of the self-test. What counts is what is dispatched, not what anybody says: the kernels that
 * every operation of the table of all operations runs, forward and for its first derivatives, must be among those that
 * the self-test's checks run. Nothing is run here, only recorded. (Those that no operation of the table runs:
 * src/gpu/everyKernel.gpu.test.ts.)
 */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Recording } from '../capture/recording';
import { grads, tidy, type Tensor } from '../tensor';
import { randomArray, sizeOf, toTensor } from '../testing/arrays';
import { opTable } from '../testing/opTable';
import { kernelsOf, kernelsOfSelfTest } from '../testing/selfTestKernels';
import { testEngine } from '../testing/testEngine';
import { overrideTuning } from '../tuning';

describe.each([false, true])('the self-test, workgroup memory %s', (workgroupMemory) => {
  const checked = new Set<string>();

  beforeEach(() => overrideTuning({ workgroupMemory, bakeShapes: false }));
  afterEach(() => overrideTuning({}));

  beforeAll(async () => {
    const { backend } = await testEngine();
    overrideTuning({ workgroupMemory, bakeShapes: false });
    for (const name of kernelsOfSelfTest(backend)) checked.add(name);
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
});
