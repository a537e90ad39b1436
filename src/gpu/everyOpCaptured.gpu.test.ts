import { describe, expect, it } from 'vitest';
import { compileStep, type Step } from './capture/plan';
import { grads, mul, sum, type Tensor } from './tensor';
import { randomArray, sizeOf, toTensor } from './testing/arrays';
import type { OpCheck } from './testing/checkOp';
import { opTable } from './testing/opTable';

/** The operation and its gradients, folded into one number each by fixed weights. */
function stepOf(name: string, { inputs, op, outputShape }: OpCheck, eager: boolean): Step<string> {
  const folded = (y: Tensor, seed: number): Tensor => sum(mul(y, toTensor(randomArray(y.size, seed), y.shape)));
  return compileStep<string>({
    name,
    inputs: Object.fromEntries(inputs.map(({ shape }, n) => [`x${n}`, { shape }])),
    body: (given) => {
      const tensors = inputs.map((_, n) => given[`x${n}`] as Tensor);
      const gradients = grads((...free: Tensor[]) => folded(op(...free), 1))(tensors);
      return {
        value: folded(op(...tensors), sizeOf(outputShape)),
        ...Object.fromEntries(gradients.map((gradient, n) => [`gradient${n}`, folded(gradient, n + 2)])),
      };
    },
    eager,
  });
}

async function follow(step: Step<string>, { inputs }: OpCheck): Promise<Record<string, number>[]> {
  const found: Record<string, number>[] = [];
  for (const seed of [1, 2, 1]) {
    step.run(
      Object.fromEntries(
        inputs.map(({ shape, scale = 1, offset = 0 }, n) => [
          `x${n}`,
          Float32Array.from(randomArray(sizeOf(shape), 10 * seed + n), (value) => value * scale + offset),
        ]),
      ),
    );
    found.push(await step.readStats());
  }
  return found;
}

describe('every operation, captured', () => {
  it.each([...new Map(opTable)])(
    '%s gives what it gives eagerly, to the bit, whatever came in between',
    async (name, check) => {
      const [eager, captured] = [stepOf(name, check, true), stepOf(name, check, false)];
      const [expected, found] = [await follow(eager, check), await follow(captured, check)];
      expect(found).toEqual(expected);
      expect(found[2]).toEqual(found[0]);
      expect(found[1]).not.toEqual(found[0]);
      for (const value of Object.values(found[0] ?? {})) expect(Number.isFinite(value)).toBe(true);
      eager.dispose();
      captured.dispose();
    },
  );
});
