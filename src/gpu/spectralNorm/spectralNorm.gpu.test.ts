import { describe, expect, it } from 'vitest';
import { ParameterSet } from '../parameter';
import { randomArray, relativeError, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { tidy } from '../tensor';
import { normalizedRef, powerIterationRef } from './spectralNorm.ref';
import { spectralNormalize } from './spectralNorm';

const shape = [3, 3, 2, 5];
const size = 90;

describe('spectralNormalize', () => {
  it('divides by v^T W u, and differentiates with u and v held', async () => {
    const set = new ParameterSet('spectralNormTest');
    const start = randomArray(5, 9);
    const u = set.add('u', [5], Float32Array.from(start), { trainable: false });
    // checkOp draws its first input from seed 100.
    const pair = powerIterationRef(randomArray(size, 100), start, false);
    await checkOp({
      inputs: [{ shape }],
      op: (w) => spectralNormalize(w, u, { update: false }),
      // Moved weights, the same pair: what "held" means.
      reference: (w) => normalizedRef(w, pair),
      outputShape: shape,
    });
    set.dispose();
  });

  it('steps the power iteration in place until sigma is the largest singular value', async () => {
    const set = new ParameterSet('spectralNormTest');
    const start = randomArray(5, 9);
    const u = set.add('u', [5], Float32Array.from(start), { trainable: false });
    const w = randomArray(size, 3);
    const weight = toTensor(w, shape);
    const first = tidy(() => spectralNormalize(weight, u, { update: true }));
    const pair = powerIterationRef(w, start, true);
    expect(relativeError(await first.data(), normalizedRef(w, pair))).toBeLessThanOrEqual(1e-5);
    expect(relativeError(await u.variable.data(), pair.u)).toBeLessThanOrEqual(1e-5);
    let converged = pair;
    for (let i = 0; i < 40; i++) {
      converged = powerIterationRef(w, converged.u, true);
      tidy(() => spectralNormalize(weight, u, { update: true })).dispose();
    }
    expect(relativeError(await u.variable.data(), converged.u)).toBeLessThanOrEqual(1e-4);
    first.dispose();
    weight.dispose();
    set.dispose();
  });
});
