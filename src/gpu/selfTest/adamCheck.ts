/** The optimizer against its float64 twin: two steps on 70 numbers. */
import { Adam } from '../adam';
import { adamReference, adamStepReference } from '../adam.ref';
import { ParameterSet } from '../parameter';
import { randomArray, relativeError } from '../testing/arrays';
import { tensor, tidy } from '../tensor';

const size = 70;
const options = { beta1: 0.5, beta2: 0.99, epsilon: 1e-8 };
const rate = 0.01;
const tolerance = 2e-5;

/** @returns the error over what is tolerated */
export async function adamError(): Promise<number> {
  const set = new ParameterSet('self-test');
  const start = Float32Array.from(randomArray(size, 800));
  set.add('w', [size], start);
  const adam = new Adam(set, options);
  const reference = adamReference(start);
  try {
    for (const seed of [801, 802]) {
      const gradient = Float32Array.from(randomArray(size, seed));
      tidy(() => adam.apply([tensor(gradient)], { rate }));
      adamStepReference(reference, gradient, rate, options);
    }
    const stepped = (await set.toArrays()).get('w')?.data ?? [];
    return relativeError(stepped, reference.parameters) / tolerance;
  } finally {
    adam.dispose();
    set.dispose();
  }
}
