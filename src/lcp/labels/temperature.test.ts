import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../../shared/rng';
import { honestTemperature, likeliestLoss, softmaxConfidence, softmaxLoss, trustOf } from './temperature';

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

describe('the honest temperature', () => {
  const fit = (logits: Float64Array, targets: Int32Array, classCount: number): number =>
    honestTemperature({ logits, targets, classCount });

  it.each([0.5, 1, 3])('is %d where labels were drawn at it', (truth) => {
    const { logits, targets } = sample(truth, 4000, 5);
    const { claimed, right } = softmaxConfidence({ logits, targets, classCount: 5 }, fit(logits, targets, 5));
    expect(claimed).toBeCloseTo(right, 3);
    // 4,000 draws give the share of right answers to less than 0.008, which is log T to about 3%; three of those.
    expect(Math.abs(Math.log(fit(logits, targets, 5) / truth))).toBeLessThan(0.1);
  });

  it('is not moved by what a label costs that is next to impossible', () => {
    const { logits, targets } = sample(1, 1000, 5);
    // One label in ten is of a class that the classifier rules out.
    for (let i = 0; i < targets.length; i += 10) {
      targets[i] = 4;
      logits[5 * i + 4] = -60;
    }
    const temperature = fit(logits, targets, 5);
    const { claimed, right } = softmaxConfidence({ logits, targets, classCount: 5 }, temperature);
    expect(claimed).toBeCloseTo(right, 2);
    const likely = likeliestLoss({ logits, targets, classCount: 5 });
    expect(softmaxLoss({ logits, targets, classCount: 5 }, temperature)).toBeGreaterThan(likely);
  });

  it('is where the derivative of the penalised mismatch vanishes', () => {
    const { logits, targets } = sample(2, 40, 3);
    const objective = (logT: number): number => {
      const { claimed, right } = softmaxConfidence({ logits, targets, classCount: 3 }, Math.exp(logT));
      const share = (40 * right + 1) / 42;
      return (40 * (claimed - right) ** 2) / (2 * share * (1 - share)) + logT ** 2 / 2;
    };
    const at = Math.log(fit(logits, targets, 3));
    expect(Math.abs(objective(at + 1e-4) - objective(at - 1e-4)) / 2e-4).toBeLessThan(0.01);
  });

  it('does not claim certainty from two right answers', () => {
    const logits = Float64Array.of(1, 0, 0, 1);
    const targets = Int32Array.of(0, 1);
    expect(softmaxConfidence({ logits, targets, classCount: 2 }, fit(logits, targets, 2)).claimed).toBeLessThan(0.95);
  });

  it('keeps to its range', () => {
    const wrong = Float64Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 9 : 0));
    const targets = new Int32Array(200).fill(1);
    expect(fit(wrong, targets, 2)).toBeCloseTo(20, 1);
    const softening = honestTemperature({ logits: wrong, targets: targets.fill(0), classCount: 2 }, [1, 20]);
    expect(softening).toBeCloseTo(1, 2);
  });
});

describe('confidence', () => {
  it('is the mean probability of the strongest class, and how often it is the target', () => {
    const logits = Float64Array.of(4, 0, 0, 2);
    const { claimed, right } = softmaxConfidence({ logits, targets: Int32Array.of(0, 0), classCount: 2 }, 2);
    expect(claimed).toBeCloseTo((1 / (1 + Math.exp(-2)) + 1 / (1 + Math.exp(-1))) / 2, 12);
    expect(right).toBe(0.5);
  });
});

describe('losses', () => {
  it('softmaxLoss is the mean of -log softmax, even for huge logits', () => {
    const expected = (Math.log(1 + Math.exp(-2)) + Math.log(1 + Math.exp(1))) / 2;
    expect(
      softmaxLoss({ logits: Float64Array.of(4, 0, 0, 2), targets: Int32Array.of(0, 0), classCount: 2 }, 2),
    ).toBeCloseTo(expected, 12);
    expect(softmaxLoss({ logits: Float64Array.of(5000, 0), targets: Int32Array.of(1), classCount: 2 }, 1)).toBeCloseTo(
      5000,
      6,
    );
  });

  it('likeliestLoss is that at the temperature that labels were drawn at', () => {
    const { logits, targets } = sample(3, 4000, 5);
    const loss = likeliestLoss({ logits, targets, classCount: 5 });
    expect(loss).toBeCloseTo(softmaxLoss({ logits, targets, classCount: 5 }, 3), 3);
  });
});
