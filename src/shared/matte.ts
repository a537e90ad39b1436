/** The colour that transparent parts of pictures are laid over: a generator draws no transparency. */
import * as v from 'valibot';

/** `#rrggbb`, lower case. */
export const matteSchema = v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/, 'A colour is written #rrggbb.'));
export type Matte = v.InferOutput<typeof matteSchema>;

export const white: Matte = '#ffffff';
/** Those that have a name. */
export const namedMattes: Readonly<Record<string, Matte>> = { white, grey: '#808080', black: '#000000' };

/** Red, green and blue, 0 to 255. */
export function rgbOf(matte: Matte): [number, number, number] {
  const value = Number.parseInt(matte.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Its name, or how it is written. */
export function matteName(matte: Matte): string {
  return Object.entries(namedMattes).find(([, named]) => named === matte)?.[0] ?? matte;
}
