import { describe, expect, it } from 'vitest';
import { grad, tensor, tensor2d, tidy, type Tensor, type Tensor2D, type Tensor4D } from '../../gpu/tensor';
import { testEngine } from '../../gpu/testing/testEngine';
import { relativeError } from '../../gpu/testing/arrays';
import { ClipHead, clipHeadPlan, clipHeadWidth, scaleForPrompts } from '../../nn/clipHead';
import { NetworkParameters } from '../../nn/networkParameters';
import { CounterRandom } from '../../shared/rng';
import { hinge, logistic, type AdversarialForm } from './adversarial';
import { discriminatorLoss, generatorLoss } from './losses';
import {
  clipCoefficients,
  consistencyCoefficients,
  generatorClipCoefficients,
  generatorPixelCoefficients,
  pixelCoefficients,
} from './lossWeights';
import {
  discriminatorLossReference,
  generatorLossReference,
  hingeReference,
  logisticReference,
  type ClipLogits,
  type FormReference,
  type LossSetting,
  type PixelLogits,
} from './losses.ref';

const batch = 3;
const setting: LossSetting = { w: [1, 0.25, 0], lambda: 0.6, lambdaClip: 0.8, consistency: 10 };

function logits(offset: number): number[] {
  return Array.from({ length: batch }, (_, i) => Math.fround(2.5 * Math.sin(1.7 * i + offset)));
}

const pixel: Required<PixelLogits> = {
  aReal: logits(0),
  bReal: logits(1),
  aFake: logits(2),
  bFake: logits(3),
  aPlain: logits(4),
  bPlain: logits(5),
};
const clip: ClipLogits = {
  rReal: logits(6),
  rFake: logits(7),
  rcReal: logits(8),
  rcFake: logits(9),
  rcWrong: logits(10),
};
const clipRow = [...clip.rReal, ...clip.rFake, ...clip.rcReal, ...clip.rcFake, ...clip.rcWrong];

function columns(a: number[], b: number[]): number[] {
  return a.flatMap((value, i) => [value, b[i] ?? 0]);
}

const pixelRows = [
  ...columns(pixel.aReal, pixel.bReal),
  ...columns(pixel.aFake, pixel.bFake),
  ...columns(pixel.aPlain, pixel.bPlain),
];

const forms: [string, AdversarialForm, FormReference][] = [
  ['hinge', hinge, hingeReference],
  ['logistic', logistic, logisticReference],
];

function lossOf(form: AdversarialForm, logitRows: Tensor, clipLogits: Tensor | null, consistency: boolean): Tensor {
  const coefficients = {
    pixelCoefficients: tensor(pixelCoefficients(setting.w, setting, consistency)),
    consistencyCoefficients: consistency
      ? tensor(consistencyCoefficients(setting.w, setting, setting.consistency))
      : null,
  };
  return discriminatorLoss(
    {
      logits: logitRows as Tensor2D,
      ...coefficients,
      clip: clipLogits && { logits: clipLogits, coefficients: tensor(clipCoefficients(setting.w, setting)) },
    },
    batch,
    form,
  );
}

async function scalarOf(loss: Tensor): Promise<number> {
  const [value = NaN] = await loss.data();
  loss.dispose();
  return value;
}

/** L_D in float64 of logits as the GPU has them. */
function reference(form: FormReference, rows: number[], clipValues: number[]): number {
  const part = (from: number, column: number): number[] =>
    Array.from({ length: batch }, (_, i) => rows[2 * (from * batch + i) + column] ?? NaN);
  const clipPart = (from: number): number[] => clipValues.slice(from * batch, (from + 1) * batch);
  return discriminatorLossReference(
    {
      aReal: part(0, 0),
      bReal: part(0, 1),
      aFake: part(1, 0),
      bFake: part(1, 1),
      aPlain: part(2, 0),
      bPlain: part(2, 1),
    },
    { rReal: clipPart(0), rFake: clipPart(1), rcReal: clipPart(2), rcFake: clipPart(3), rcWrong: clipPart(4) },
    setting,
    form,
  );
}

describe.each(forms)('L_D, %s', (_name, form, formReference) => {
  it('equals section 5 in float64, with and without consistency and CLIP', async () => {
    await testEngine();
    const withoutPlain: PixelLogits = {
      aReal: pixel.aReal,
      bReal: pixel.bReal,
      aFake: pixel.aFake,
      bFake: pixel.bFake,
    };
    const full = await scalarOf(tidy(() => lossOf(form, tensor2d(pixelRows, [3 * batch, 2]), tensor(clipRow), true)));
    expect(full).toBeCloseTo(discriminatorLossReference(pixel, clip, setting, formReference), 4);
    const plain = await scalarOf(
      tidy(() => lossOf(form, tensor2d(pixelRows.slice(0, 4 * batch), [2 * batch, 2]), null, false)),
    );
    expect(plain).toBeCloseTo(discriminatorLossReference(withoutPlain, null, setting, formReference), 5);
  });

  it('has the gradient of float64 differences', async () => {
    await testEngine();
    const step = 1e-5;
    const differences = (values: number[], f: (moved: number[]) => number): number[] =>
      values.map((value, i) => (f(values.with(i, value + step)) - f(values.with(i, value - step))) / (2 * step));
    const byPixel = tidy(() =>
      grad((rows: Tensor) => lossOf(form, rows, tensor(clipRow), true))(tensor2d(pixelRows, [3 * batch, 2])),
    );
    expect(
      relativeError(
        await byPixel.data(),
        differences(pixelRows, (moved) => reference(formReference, moved, clipRow)),
      ),
    ).toBeLessThan(1e-5);
    const byClip = tidy(() =>
      grad((row: Tensor) => lossOf(form, tensor2d(pixelRows, [3 * batch, 2]), row, true))(tensor(clipRow)),
    );
    expect(
      relativeError(
        await byClip.data(),
        differences(clipRow, (moved) => reference(formReference, pixelRows, moved)),
      ),
    ).toBeLessThan(1e-5);
  });
});

describe('the token heads', () => {
  const heads = [
    { real: [0.4, 2, -3, 1.5], fake: [0.1, -2, 0.5, -0.3] },
    { real: [-1, 0.2], fake: [2, 0.3] },
  ];
  // Two pictures, of two patches for the one head and one for the other.
  const tokenLogits = heads.flatMap(({ real, fake }) => [...real, ...fake]);
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

  it('add the mean over heads of V+ and V- to L_D, and of -t to L_G', async () => {
    await testEngine();
    const rows = tensor2d([0, 0, 0, 0, 0, 0, 0, 0], [4, 2]);
    const none = { pixelCoefficients: tensor(new Float32Array(8)), consistencyCoefficients: null, clip: null };
    const tokens = { logits: tensor(tokenLogits), patches: [2, 1], weight: tensor(0.8) };
    const expected =
      0.8 *
      mean(
        heads.map(
          ({ real, fake }) => mean(real.map((t) => Math.max(0, 1 - t))) + mean(fake.map((t) => Math.max(0, 1 + t))),
        ),
      );
    expect(await scalarOf(tidy(() => discriminatorLoss({ logits: rows, ...none, tokens }, 2, hinge)))).toBeCloseTo(
      expected,
      5,
    );
    const fakes = heads.flatMap(({ fake }) => fake);
    const ofGenerator = tidy(() =>
      generatorLoss(
        {
          logits: tensor2d([0, 0, 0, 0], [2, 2]),
          pixelCoefficients: tensor(new Float32Array(4)),
          clip: null,
          tokens: { logits: tensor(fakes), patches: [2, 1], weight: tensor(0.8) },
        },
        hinge,
      ),
    );
    expect(await scalarOf(ofGenerator)).toBeCloseTo(-0.8 * mean(heads.map(({ fake }) => mean(fake))), 5);
  });
});

describe('one joint logit', () => {
  it('is hinged alone, reals weighted by trust', async () => {
    await testEngine();
    const joint = { ...setting, joint: true };
    const coefficients = {
      pixelCoefficients: tensor(pixelCoefficients(setting.w, joint, true)),
      consistencyCoefficients: tensor(consistencyCoefficients(setting.w, joint, 10)),
    };
    const loss = await scalarOf(
      tidy(() =>
        discriminatorLoss({ logits: tensor2d(pixelRows, [3 * batch, 2]), ...coefficients, clip: null }, batch, hinge),
      ),
    );
    const weighted = (values: number[]): number =>
      values.reduce((sum, value, i) => sum + value * (setting.w[i] ?? 0), 0) / 1.25;
    const hinges =
      weighted(pixel.aReal.map((t) => Math.max(0, 1 - t))) +
      pixel.aFake.reduce((sum, t) => sum + Math.max(0, 1 + t), 0) / batch;
    expect(loss).toBeCloseTo(hinges + 10 * weighted(pixel.aPlain.map((t, i) => (t - (pixel.aReal[i] ?? 0)) ** 2)), 4);
    expect([...generatorPixelCoefficients(2, joint)]).toEqual(
      [-0.5, -0, -0.5, -0].map((value) => expect.closeTo(value, 12)),
    );
  });
});

describe.each(forms)('L_G, %s', (_name, form, formReference) => {
  it('equals section 5 in float64, with and without CLIP', async () => {
    await testEngine();
    const fake = columns(pixel.aFake, pixel.bFake);
    const at = (withClip: boolean): Promise<number> =>
      scalarOf(
        tidy(() =>
          generatorLoss(
            {
              logits: tensor2d(fake, [batch, 2]),
              pixelCoefficients: tensor(generatorPixelCoefficients(batch, setting)),
              clip: withClip
                ? {
                    logits: tensor([...clip.rFake, ...clip.rcFake]),
                    coefficients: tensor(generatorClipCoefficients(batch, setting)),
                  }
                : null,
            },
            form,
          ),
        ),
      );
    expect(await at(true)).toBeCloseTo(generatorLossReference(pixel, clip, setting, formReference), 5);
    expect(await at(false)).toBeCloseTo(generatorLossReference(pixel, null, setting, formReference), 5);
  });
});

function dot(a: number[], b: number[]): number {
  return a.reduce((sum, value, k) => sum + value * (b[k] ?? NaN), 0);
}

/** A row times a matrix of the head's width. */
function times(row: number[], matrix: number[]): number[] {
  return Array.from({ length: clipHeadWidth }, (_, column) =>
    row.reduce((sum, value, k) => sum + value * (matrix[k * clipHeadWidth + column] ?? NaN), 0),
  );
}

describe('the CLIP head', () => {
  it('gives r and rc of section 4, with prompts of another width than the critic’s features', async () => {
    await testEngine();
    const [dim, promptDim, slotCount] = [12, 7, 3];
    const random = new CounterRandom(4, 1);
    const draw = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());
    const features = draw(2 * dim);
    const prompts = new Float32Array(slotCount * promptDim);
    for (let s = 0; s < slotCount; s++) {
      const row = draw(promptDim);
      const norm = Math.hypot(...row);
      prompts.set(
        row.map((value) => value / norm),
        s * promptDim,
      );
    }
    const u = Float32Array.from([1, 0, 0, 0.25, 0.75, 0, 0, 0.5, 0.5]);
    const weights = NetworkParameters.create('head', clipHeadPlan({ dim, promptDim, tokens: [] }), random);
    weights.normalize('hold');
    const head = new ClipHead(weights);
    const pairing = tensor2d([1, 0, 0, 1, 1, 0], [3, 2]);
    const { unconditional, conditional } = tidy(() => {
      const { unconditional: r, conditional: rc } = head.forward(
        tensor2d(features, [2, dim]),
        tensor2d(scaleForPrompts(u, prompts, slotCount), [3, slotCount]),
        tensor2d(prompts, [slotCount, promptDim]),
        pairing,
      );
      return { unconditional: r, conditional: rc };
    });
    const arrays = await Promise.all(
      ['hidden.weight', 'hidden.bias', 'linear.weight', 'linear.bias', 'prompt.weight'].map((name) =>
        weights.get(name).data(),
      ),
    );
    const [hiddenWeight, hiddenBias, linearWeight, linearBias, promptWeight] = arrays.map((array) => [...array]) as [
      number[],
      number[],
      number[],
      number[],
      number[],
    ];
    const unit = (row: ArrayLike<number>): number[] => {
      const norm = Math.hypot(...Array.from(row));
      return Array.from(row, (value) => (Math.sqrt(row.length) * value) / norm);
    };
    const hidden = [0, 1].map((i) =>
      times(unit(features.subarray(i * dim, (i + 1) * dim)), hiddenWeight)
        .map((value, k) => value + (hiddenBias[k] ?? NaN))
        .map((value) => (value > 0 ? value : 0.2 * value)),
    );
    const r = hidden.map((h) => dot(h, linearWeight) + (linearBias[0] ?? NaN));
    const rc = [0, 1, 2].map((pair) => {
      const mixed = Array.from({ length: promptDim }, (_, k) =>
        [0, 1, 2].reduce((sum, s) => sum + (u[3 * pair + s] ?? NaN) * (prompts[s * promptDim + k] ?? NaN), 0),
      );
      return dot(hidden[[0, 1, 0][pair] ?? 0] ?? [], times(unit(mixed), promptWeight)) / 16;
    });
    expect(relativeError(await unconditional.data(), r)).toBeLessThan(1e-5);
    expect(relativeError(await conditional.data(), rc)).toBeLessThan(1e-5);
    weights.dispose();
  });

  it('gives the token heads’ logits as written down in float64', async () => {
    await testEngine();
    const [count, side, width] = [2, 3, 5];
    const random = new CounterRandom(6, 1);
    const tokens = Float32Array.from({ length: count * side * side * width }, () => random.normal());
    const weights = NetworkParameters.create('head', clipHeadPlan({ dim: 4, promptDim: 4, tokens: [width] }), random);
    weights.normalize('hold');
    const [ofTokens] = tidy(() =>
      new ClipHead(weights).tokenLogits([tensor(tokens, [count, side, side, width]) as Tensor4D]),
    );
    const named = async (name: string): Promise<number[]> => [...(await weights.get(`tokens0.${name}`).data())];
    const [hiddenWeight, filter] = [await named('hidden.weight'), await named('conv.weight')];
    const channels = hiddenWeight.length / width;
    const hidden = Array.from({ length: count * side * side }, (_, patch) => {
      const token = [...tokens.subarray(patch * width, (patch + 1) * width)];
      const scale = Math.sqrt(width) / Math.hypot(...token);
      const row = Array.from({ length: channels }, (_value, c) =>
        token.reduce((sum, value, k) => sum + scale * value * (hiddenWeight[k * channels + c] ?? NaN), 0),
      );
      return row.map((value) => (value > 0 ? value : 0.2 * value));
    });
    const expected = hidden.map((_, patch) => {
      const [x, y, picture] = [patch % side, Math.floor(patch / side) % side, Math.floor(patch / (side * side))];
      let sum = 0;
      for (let ky = 0; ky < 3; ky++) {
        for (let kx = 0; kx < 3; kx++) {
          const [row, column] = [y + ky - 1, x + kx - 1];
          if (row < 0 || column < 0 || row >= side || column >= side) continue;
          sum += dot(
            hidden[(picture * side + row) * side + column] ?? [],
            filter.slice((3 * ky + kx) * channels, (3 * ky + kx + 1) * channels),
          );
        }
      }
      return sum;
    });
    expect(relativeError((await ofTokens?.data()) ?? [], expected)).toBeLessThan(1e-5);
    weights.dispose();
  });
});
