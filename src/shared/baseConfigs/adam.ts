/** Adam's settings, as configurations of several base models have them. */
import * as v from 'valibot';
import { fraction, positive } from './values';

/** One set of betas for all networks; the CLIP head learns at the discriminator's rate. */
export const adamSettings = v.object({
  generatorRate: positive,
  discriminatorRate: positive,
  beta1: fraction,
  beta2: fraction,
  epsilon: positive,
});
