import { expect, it } from 'vitest';
import { randomArray, relativeError, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { describeFamilies, directFamily } from '../testing/variants';
import { testEngine } from '../testing/testEngine';
import { withTuning } from '../tuning';
import { concat, grads, tidy, type Tensor, type Tensor3D, type Tensor4D } from '../tensor';
import { attentionGradientRef, attentionRef } from './attention.ref';
import { attention, multiHeadAttention } from './attention';
import { jointAttention } from './jointAttention';
import { keepsWeights } from './weights';

/** [B, T, H, D] to [B, H, T, D], or back with heads and positions swapped. */
function swapped(
  x: Float64Array,
  [batch, first, second, width]: readonly [number, number, number, number],
): Float64Array {
  const y = new Float64Array(x.length);
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < first; i++)
      for (let j = 0; j < second; j++)
        for (let d = 0; d < width; d++)
          y[((b * second + j) * first + i) * width + d] = x[((b * first + i) * second + j) * width + d] ?? NaN;
  return y;
}

describeFamilies(
  'attention',
  () => {
    for (const [batch, heads, length, width, causal] of [
      [2, 2, 5, 4, false],
      [1, 2, 4, 3, true],
      [2, 1, 1, 4, false],
      [1, 1, 7, 8, true],
    ] as const) {
      it(`equals its reference to second order, [${[batch, heads, length, width].join(', ')}]${causal ? ' causal' : ''}`, async () => {
        const shape = [batch, heads, length, width];
        await checkOp({
          inputs: [{ shape, scale: 2 }, { shape, scale: 2 }, { shape }],
          op: (q, k, v) => attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { scale: 0.7, causal }),
          reference: (q, k, v) => attentionRef(q, k, v, { groups: batch * heads, length, width, scale: 0.7, causal }),
          outputShape: shape,
        });
      });
    }

    it('in several dispatches gives the same bits, forward and backward', async () => {
      const { backend } = await testEngine();
      const shape = [2, 20, 70, 4];
      const inputs = [1, 2, 3].map((seed) => toTensor(randomArray(2 * 20 * 70 * 4, seed), shape));
      const f = (q: Tensor, k: Tensor, v: Tensor): Tensor =>
        attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { scale: 0.5, causal: false });
      const bits = async (dispatchMilliseconds: number): Promise<{ values: unknown[]; dispatches: number }> => {
        const before = backend.counters.dispatches;
        const made = await withTuning({ dispatchMilliseconds }, () =>
          Promise.resolve(tidy(() => [f(...(inputs as [Tensor, Tensor, Tensor])), ...grads(f)(inputs)])),
        );
        const dispatches = backend.counters.dispatches - before;
        const values = await Promise.all(made.map((tensor) => tensor.data()));
        for (const tensor of made) tensor.dispose();
        return { values, dispatches };
      };
      const [whole, pieces] = [await bits(500), await bits(1e-9)];
      expect(pieces.values).toEqual(whole.values);
      expect(pieces.dispatches).toBeGreaterThan(whole.dispatches);
      for (const tensor of inputs) tensor.dispose();
    });

    it('works on heads side by side', async () => {
      const [batch, length, heads, width] = [2, 3, 2, 4];
      const shape = [batch, length, heads * width];
      await checkOp({
        inputs: [{ shape }, { shape }, { shape }],
        op: (q, k, v) =>
          multiHeadAttention(q as Tensor3D, k as Tensor3D, v as Tensor3D, { heads, scale: 0.5, causal: false }),
        reference: (...all) => {
          const [q, k, v] = all.map((x) => swapped(x, [batch, length, heads, width])) as [
            Float64Array,
            Float64Array,
            Float64Array,
          ];
          return swapped(attentionRef(q, k, v, { groups: batch * heads, length, width, scale: 0.5, causal: false }), [
            batch,
            heads,
            length,
            width,
          ]);
        },
        outputShape: shape,
      });
    });

    for (const [batch, length, heads, width, causal] of [
      [2, 3, 2, 4, false],
      [1, 5, 3, 2, true],
      [2, 1, 1, 3, false],
    ] as const) {
      it(`works on queries, keys and values in one tensor, [${[batch, length, heads, width].join(', ')}]${causal ? ' causal' : ''}`, async () => {
        await checkOp({
          inputs: [{ shape: [batch, length, 3 * heads * width] }],
          op: (qkv) => jointAttention(qkv as Tensor3D, { heads, scale: 0.6, causal }),
          reference: (qkv) => {
            const part = (i: number): Float64Array =>
              Float64Array.from(
                { length: qkv.length / 3 },
                (_, at) =>
                  qkv[
                    Math.floor(at / (heads * width)) * 3 * heads * width + i * heads * width + (at % (heads * width))
                  ] ?? NaN,
              );
            const [q, k, v] = [0, 1, 2].map((i) => swapped(part(i), [batch, length, heads, width])) as [
              Float64Array,
              Float64Array,
              Float64Array,
            ];
            return swapped(attentionRef(q, k, v, { groups: batch * heads, length, width, scale: 0.6, causal }), [
              batch,
              heads,
              length,
              width,
            ]);
          },
          outputShape: [batch, length, heads * width],
        });
      });
    }

    // More positions than the threads of a subgroup own, rows longer than it has lanes.
    for (const [batch, length, width, causal] of [
      [1, 19, 36, true],
      [2, 20, 5, false],
    ] as const) {
      it(`has its reference's gradients at [${[batch, length, width].join(', ')}]${causal ? ' causal' : ''}, in three tensors and in one`, async () => {
        const values = [1, 2, 3, 4].map((seed) => randomArray(batch * length * width, seed)) as [
          Float64Array,
          Float64Array,
          Float64Array,
          Float64Array,
        ];
        const expected = attentionGradientRef(...values, { groups: batch, length, width, scale: 0.7, causal });
        const [dy, ...inputs] = [values[3], ...values.slice(0, 3)].map((x) => toTensor(x, [batch, length, width])) as [
          Tensor3D,
          Tensor3D,
          Tensor3D,
          Tensor3D,
        ];
        for (const run of [
          (q: Tensor, k: Tensor, v: Tensor) =>
            multiHeadAttention(q as Tensor3D, k as Tensor3D, v as Tensor3D, { heads: 1, scale: 0.7, causal }),
          (...all: Tensor[]) => jointAttention(concat(all as Tensor3D[], 2), { heads: 1, scale: 0.7, causal }),
        ]) {
          const gradients = tidy(() =>
            grads((...given: Tensor[]) => run(...(given as [Tensor, Tensor, Tensor])))(inputs, dy),
          );
          for (const [i, gradient] of gradients.entries()) {
            expect(relativeError(await gradient.data(), expected[i] ?? [])).toBeLessThanOrEqual(1e-5);
            gradient.dispose();
          }
        }
        for (const tensor of [dy, ...inputs]) tensor.dispose();
      });
    }

    it('stays finite for logits in the hundreds', async () => {
      const [length, width] = [6, 4];
      const [q, k, v] = [1, 2, 3].map((seed) => randomArray(length * width, seed)) as [
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      const tensors = [q, k, v].map((x) => toTensor(x, [1, 1, length, width]) as Tensor4D) as [
        Tensor4D,
        Tensor4D,
        Tensor4D,
      ];
      const y = attention(...tensors, { scale: 300, causal: false });
      // exp() of a logit with an error of 300 * 2^-24 is off by 2e-5.
      expect(
        relativeError(await y.data(), attentionRef(q, k, v, { groups: 1, length, width, scale: 300, causal: false })),
      ).toBeLessThanOrEqual(1e-4);
      for (const tensor of [...tensors, y]) tensor.dispose();
    });

    it('takes one dispatch forward and one for all gradients, two where it keeps the weights between them', async () => {
      const { backend } = await testEngine();
      const keeps = keepsWeights({ batch: 1, heads: 2, length: 3, width: 4, packed: false });
      const tensors = [1, 2, 3].map((seed) => toTensor(randomArray(24, seed), [1, 2, 3, 4]));
      const dy = toTensor(randomArray(24, 4), [1, 2, 3, 4]);
      const before = backend.counters.dispatches;
      const gradients = tidy(() =>
        grads((...given: Tensor[]) =>
          attention(...(given as [Tensor4D, Tensor4D, Tensor4D]), { scale: 1, causal: false }),
        )(tensors, dy),
      );
      expect(backend.counters.dispatches - before).toBe(keeps ? 3 : 2);
      for (const tensor of [...tensors, ...gradients, dy]) tensor.dispose();
    });

    it('keeps no weights of sequences so long that they would fill the memory', () => {
      expect(keepsWeights({ batch: 8, heads: 8, length: 1024, width: 4, packed: false })).toBe(false);
    });
  },
  directFamily,
);
