import { describe, expect, it } from 'vitest';
import { testEngine } from '../../gpu/testing/testEngine';
import { bitsCases, bitsOf } from './bits.testing';
import golden from './golden/biggan.json';

/**
 * Adapters and processors round differently, and three Adam steps carry that on: 2e-7 was seen between two software
 * adapters.
 */
const tolerance = 1e-4;

describe('BigGAN', () => {
  it.each(Object.entries(bitsCases))('trains and draws as it always did: %s', async (name, each) => {
    await testEngine();
    const { norms } = await bitsOf(each);
    const expected: Record<string, number> = golden[name as keyof typeof golden];
    expect(Object.keys(norms).toSorted()).toEqual(Object.keys(expected).toSorted());
    for (const [set, value] of Object.entries(expected)) {
      expect(Math.abs((norms[set] ?? NaN) - value), set).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(value)));
    }
  });
});
