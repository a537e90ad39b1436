// The probability of augmentation and the moving average's decay against scripts/stylegan2Reference.py.
import { expect, it } from 'vitest';
import { scalar, tidy } from '../../gpu/tensor';
import { testEngine } from '../../gpu/testing/testEngine';
import { arrayOf, numberOf } from '../../nn/stylegan2/golden.testing';
import { AdaController, adaStepAt } from './adaController';
import { toyConfig } from './gan.testing';
import { emaDecay } from './schedule';

it('moves p as the reference does, and never below zero', async () => {
  await testEngine();
  const config = toyConfig({ batch: 64, discriminatorSteps: 1 });
  const controller = new AdaController(config);
  const [signs, steps] = [arrayOf('ada', 'signs').data, arrayOf('ada', 'p').data];
  const found: number[] = [];
  for (const [iteration, sign] of signs.entries()) {
    const { amount, keep } = adaStepAt(config, iteration, 0);
    tidy(() => controller.update(scalar(sign), scalar(amount), scalar(keep)));
    if (amount > 0) found.push((await controller.p.data())[0] ?? NaN);
  }
  expect(found.length).toBe(steps.length);
  for (const [i, p] of found.entries()) expect(p, `step ${i}`).toBeCloseTo(steps[i] ?? NaN, 8);
  controller.dispose();
});

it('lets the moving average forget as fast as the reference does while few images were shown', () => {
  const config = toyConfig({
    batch: numberOf('batch'),
    discriminatorSteps: 1,
    ema: { halfLifeKimg: 500, startKimg: 0, rampUp: 0.05 },
  });
  expect(emaDecay(config, 3000 / numberOf('batch'))).toBeCloseTo(numberOf('emaDecay'), 12);
});
