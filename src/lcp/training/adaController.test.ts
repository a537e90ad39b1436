import { describe, expect, it } from 'vitest';
import { presets, totalIterations } from '../../shared/config';
import { adaInterval, adaStepAt } from './adaController';

describe('adaStepAt', () => {
  const config = presets.standard;

  it('is due in the last discriminator step of every fourth iteration', () => {
    const due = Array.from({ length: 9 }, (_, iteration) =>
      Array.from({ length: 4 }, (_value, k) => adaStepAt(config, iteration, k).keep === 0),
    );
    expect(due.flatMap((steps, iteration) => steps.flatMap((is, k) => (is ? [[iteration, k]] : [])))).toEqual([
      [3, 3],
      [7, 3],
    ]);
    expect(adaInterval).toBe(4);
  });

  it('lets p go from 0 to 1 in 500 kimg', () => {
    const long = { ...config, kimg: 500 };
    let p = 0;
    for (let iteration = 0; iteration < totalIterations(long); iteration++)
      for (let k = 0; k < 4; k++) p += adaStepAt(long, iteration, k).amount;
    expect(p).toBeCloseTo(1, 9);
  });
});
