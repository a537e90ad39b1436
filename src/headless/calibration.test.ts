import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../shared/rng';
import { Calibration } from './calibration';

describe('expected calibration error', () => {
  it('is the distance of what is claimed from what is right, weighed by answers', () => {
    const calibration = new Calibration();
    // Three answers at 0.9, all right; one at 0.5, wrong.
    for (const probability of [0.9, 0.9, 0.9]) calibration.add(probability, true);
    calibration.add(0.5, false);
    expect(calibration.error).toBeCloseTo((3 * 0.1 + 0.5) / 4, 12);
  });

  it('is small where answers are right as often as they claim, and large where they claim too much', () => {
    const random = new CounterRandom(1, 1);
    const [honest, boastful] = [new Calibration(), new Calibration()];
    for (let i = 0; i < 20_000; i += 1) {
      const probability = random.uniform();
      const right = random.uniform() < probability;
      honest.add(probability, right);
      boastful.add(Math.sqrt(probability), right);
    }
    expect(honest.error).toBeLessThan(0.02);
    expect(boastful.error).toBeGreaterThan(0.1);
  });

  it('counts certainty in the last bin, and nothing without answers', () => {
    const calibration = new Calibration();
    expect(calibration.error).toBeNull();
    calibration.add(1, true);
    expect(calibration.error).toBe(0);
  });
});
