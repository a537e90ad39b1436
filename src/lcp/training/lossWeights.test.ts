import { describe, expect, it } from 'vitest';
import {
  clipCoefficients,
  clipSigns,
  consistencyCoefficients,
  generatorClipCoefficients,
  generatorPixelCoefficients,
  pixelCoefficients,
  pixelSigns,
} from './lossWeights';
import {
  discriminatorLossReference,
  generatorLossReference,
  hingeReference,
  type ClipLogits,
  type LossSetting,
  type PixelLogits,
} from './losses.ref';

const batch = 4;

/** Logits that lie on both sides of the hinges. */
function logits(offset: number): number[] {
  return Array.from({ length: batch }, (_, i) => 2.5 * Math.sin(1.7 * i + offset));
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

function columns(a: number[], b: number[]): number[] {
  return a.flatMap((value, i) => [value, b[i] ?? 0]);
}

function weightedHinge(values: number[], signs: Float32Array, coefficients: Float32Array): number {
  return values.reduce((sum, value, i) => sum + (coefficients[i] ?? 0) * Math.max(0, 1 - (signs[i] ?? 0) * value), 0);
}

function weightedSum(values: number[], coefficients: Float32Array): number {
  return values.reduce((sum, value, i) => sum + value * (coefficients[i] ?? 0), 0);
}

const settings: LossSetting[] = [
  { w: [1, 0.3, 0, 0.8], lambda: 0.7, lambdaClip: 0.4, consistency: 10 },
  { w: [0, 0, 0, 0], lambda: 1, lambdaClip: 1, consistency: 10 },
  { w: [1, 1, 1, 1], lambda: 0, lambdaClip: 0, consistency: 0 },
];

describe.each(settings)('loss weights for %j', (setting) => {
  it('make up L_D', () => {
    const consistency = setting.consistency > 0;
    const rows = [
      ...columns(pixel.aReal, pixel.bReal),
      ...columns(pixel.aFake, pixel.bFake),
      ...(consistency ? columns(pixel.aPlain, pixel.bPlain) : []),
    ];
    let loss = weightedHinge(rows, pixelSigns(batch, consistency), pixelCoefficients(setting.w, setting, consistency));
    const clipRows = [...clip.rReal, ...clip.rFake, ...clip.rcReal, ...clip.rcFake, ...clip.rcWrong];
    loss += weightedHinge(clipRows, clipSigns(batch), clipCoefficients(setting.w, setting));
    if (consistency) {
      const differences = columns(pixel.aPlain, pixel.bPlain).map(
        (value, i) => (value - (columns(pixel.aReal, pixel.bReal)[i] ?? 0)) ** 2,
      );
      loss += weightedSum(differences, consistencyCoefficients(setting.w, setting, setting.consistency));
    }
    // The coefficients are float32: relative error 6e-8 a term.
    expect(loss).toBeCloseTo(
      discriminatorLossReference(consistency ? pixel : withoutPlain(), clip, setting, hingeReference),
      5,
    );
  });

  it('make up L_G', () => {
    const loss =
      weightedSum(columns(pixel.aFake, pixel.bFake), generatorPixelCoefficients(batch, setting)) +
      weightedSum([...clip.rFake, ...clip.rcFake], generatorClipCoefficients(batch, setting));
    expect(loss).toBeCloseTo(generatorLossReference(pixel, clip, setting, hingeReference), 6);
  });
});

function withoutPlain(): PixelLogits {
  return { aReal: pixel.aReal, bReal: pixel.bReal, aFake: pixel.aFake, bFake: pixel.bFake };
}

it('lets the term of u_wrong vanish where there is none, and weighs it by the images that have one', () => {
  const factors = { lambda: 0.5, lambdaClip: 0.8 };
  const last = (wWrong: number[]): number[] => [...clipCoefficients([1, 0.5, 1, 0], factors, wWrong)].slice(16);
  expect(last([0, 0, 0, 0])).toEqual([0, 0, 0, 0]);
  expect(last([1, 0, 1, 0])).toEqual([0.1, 0, 0.1, 0].map((value) => expect.closeTo(value, 6)));
});
