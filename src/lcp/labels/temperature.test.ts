import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../../shared/rng';
import { fitTemperature, groupedSoftmaxLoss, softmaxLoss, trustOf } from './temperature';

describe('trust', () => {
  it('is the way from chance to certainty, and none below half of it', () => {
    expect([0.25, 0.6, 0.625, 0.85, 1].map((p) => trustOf(p, 4))).toEqual([
      0,
      0,
      0.5,
      expect.closeTo(0.8, 12),
      expect.closeTo(1, 12),
    ]);
    // With two classes 57% is hardly better than guessing.
    expect(trustOf(0.57, 2)).toBe(0);
    expect(trustOf(0.8, 2)).toBeCloseTo(0.6, 12);
    expect(trustOf(1, 1)).toBe(1);
  });
});

/** Labels drawn from softmax(logits / truth). */
function sample(truth: number, count: number, classCount: number) {
  const random = new CounterRandom(11, 903);
  const logits = Float64Array.from({ length: count * classCount }, () => 4 * random.normal());
  const targets = Int32Array.from({ length: count }, (_, i) => {
    const weights = Array.from({ length: classCount }, (_unused, c) =>
      Math.exp((logits[i * classCount + c] as number) / truth),
    );
    let left = random.uniform() * weights.reduce((a, b) => a + b, 0);
    let c = 0;
    while (c < classCount - 1 && left >= (weights[c] as number)) {
      left -= weights[c] as number;
      c += 1;
    }
    return c;
  });
  return { logits, targets };
}

describe('temperature', () => {
  it.each([0.5, 1, 3])('finds the temperature %d that labels were drawn at', (truth) => {
    const { logits, targets } = sample(truth, 4000, 5);
    const { temperature } = fitTemperature((t) => softmaxLoss(logits, targets, 5, t), targets.length);
    // 4,000 draws fix log T to about 2% (its Fisher information); three of those.
    expect(Math.abs(Math.log(temperature / truth))).toBeLessThan(0.06);
  });

  it('is where the derivative of the penalised likelihood vanishes', () => {
    const { logits, targets } = sample(2, 40, 3);
    const { temperature } = fitTemperature((t) => softmaxLoss(logits, targets, 3, t), 40);
    const objective = (logT: number): number => 40 * softmaxLoss(logits, targets, 3, Math.exp(logT)) + logT ** 2 / 2;
    const at = Math.log(temperature);
    expect(Math.abs(objective(at + 1e-4) - objective(at - 1e-4)) / 2e-4).toBeLessThan(0.01);
  });

  it('does not claim certainty from two right answers', () => {
    const logits = Float64Array.of(1, 0, 0, 1);
    const { temperature } = fitTemperature((t) => softmaxLoss(logits, Int32Array.of(0, 1), 2, t), 2);
    expect(temperature).toBeGreaterThan(0.4);
  });

  it('keeps to its range', () => {
    const wrong = Float64Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 9 : 0));
    const targets = new Int32Array(200).fill(1);
    expect(fitTemperature((t) => softmaxLoss(wrong, targets, 2, t), 200).temperature).toBeCloseTo(20, 1);
    expect(fitTemperature((t) => softmaxLoss(wrong, targets.fill(0), 2, t), 200, [1, 20]).temperature).toBeCloseTo(
      1,
      2,
    );
  });
});

describe('losses', () => {
  it('softmaxLoss is the mean of -log softmax, even for huge logits', () => {
    const expected = (Math.log(1 + Math.exp(-2)) + Math.log(1 + Math.exp(1))) / 2;
    expect(softmaxLoss(Float64Array.of(4, 0, 0, 2), Int32Array.of(0, 0), 2, 2)).toBeCloseTo(expected, 12);
    expect(softmaxLoss(Float64Array.of(5000, 0), Int32Array.of(1), 2, 1)).toBeCloseTo(5000, 6);
  });

  it('groupedSoftmaxLoss sums a class over its slots', () => {
    const logits = Float64Array.of(1, 2, 3);
    const total = Math.exp(0.5) + Math.exp(1) + Math.exp(1.5);
    const expected = -Math.log((Math.exp(0.5) + Math.exp(1.5)) / total);
    expect(groupedSoftmaxLoss(logits, Int32Array.of(1), [[1], [0, 2]], 3, 2)).toBeCloseTo(expected, 12);
  });
});
