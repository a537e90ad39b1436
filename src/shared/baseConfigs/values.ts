/** Numbers as a configuration has them: what its schemas are made of. */
import * as v from 'valibot';

/** Version of the form of configurations. */
export const configVersion = 2;

export const count = v.pipe(v.number(), v.integer(), v.minValue(1));
export const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
export const positive = v.pipe(v.number(), v.gtValue(0));
export const nonNegative = v.pipe(v.number(), v.minValue(0));
