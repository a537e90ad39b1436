import { afterEach, describe, expect, it } from 'vitest';
import { compileStep, type Step } from './plan';
import { add, keep, scalar, square, sub, sum, tensor1d, type Tensor } from '../tensor';
import { testEngine } from '../testing/testEngine';

const disposables: { dispose(): void }[] = [];
function owned<T extends { dispose(): void }>(thing: T): T {
  disposables.unshift(thing);
  return thing;
}
afterEach(() => {
  for (const thing of disposables.splice(0)) thing.dispose();
});

const failing = (name: string, body: () => Record<string, Tensor>): Step<never> =>
  owned(compileStep<never>({ name, inputs: {}, body }));

describe('what cannot be captured', () => {
  it.each([
    [
      'a read-back',
      (): Record<string, Tensor> => {
        const t = square(tensor1d([1, 2]));
        void t.data();
        return { x: sum(t) };
      },
      /data\(\)\) at src\/gpu\/capture\/planRefusals\.gpu\.test\.ts:24\..*result of Square \(src\/gpu\/capture\/planRefusals\.gpu\.test\.ts:23\)/,
    ],
    [
      'a synchronous read-back',
      (): Record<string, Tensor> => {
        const t = square(tensor1d([1, 2]));
        // oxlint-disable-next-line no-restricted-properties -- what is tested
        return { x: scalar(t.dataSync()[0] ?? 0) };
      },
      /synchronously at src\/gpu\/capture\/planRefusals\.gpu\.test\.ts:34/,
    ],
    [
      'a result kept for later',
      (): Record<string, Tensor> => ({ x: sum(keep(square(tensor1d([1, 2, 3])))) }),
      /\[3\].*Square \(src\/gpu\/capture\/planRefusals\.gpu\.test\.ts:40\) .*kept/,
    ],
  ])('refuses %s and goes on working', async (_, body, message) => {
    await testEngine();
    const step = failing('refused', body);
    expect(() => step.run({} as never)).toThrow(message);
    expect(() => step.compile()).toThrow(
      expect.objectContaining({ info: expect.objectContaining({ code: 'capture-failed' }) }),
    );
    expect([...(await add(tensor1d([1]), 1).data())]).toEqual([2]);
  });

  it('passes on what the body throws', async () => {
    await testEngine();
    expect(() =>
      failing('throws', () => {
        throw new Error('mine');
      }).compile(),
    ).toThrow('mine');
  });

  it('checks inputs and statistics', async () => {
    await testEngine();
    const step = owned(
      compileStep({ name: 'checks', inputs: { x: { shape: [2] } }, body: ({ x }) => ({ sum: sum(x) }) }),
    );
    expect(() => step.run({ x: new Float32Array(3) })).toThrow(TypeError);
    expect(() => step.run({ x: new Int32Array(2) })).toThrow(/"x" is float32 \[2\]/);
    step.run({ x: Float32Array.of(1, 2) });
    expect(await step.readStats()).toEqual({ sum: 3 });
    expect(() => failing('vector', () => ({ v: sub(tensor1d([1, 2]), 1) })).compile()).toThrow(/"v" is not a scalar/);
  });
});
