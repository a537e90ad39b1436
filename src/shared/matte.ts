/** The colour that transparent parts of pictures are laid over: a generator draws no transparency. */
import * as v from 'valibot';
import { text } from './text';

/** `#rrggbb`, lower case. */
export const matteSchema = v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/, 'A colour is written #rrggbb.'));
export type Matte = v.InferOutput<typeof matteSchema>;

export const white: Matte = '#ffffff';
/** Those that have a name, which commands take. */
export const namedMattes = { white, grey: '#808080', black: '#000000' } as const satisfies Record<string, Matte>;
const names: Readonly<Record<Matte, string>> = {
  [white]: text('white'),
  [namedMattes.grey]: text('grey'),
  [namedMattes.black]: text('black'),
};

/** Red, green and blue, 0 to 255. */
export function rgbOf(matte: Matte): [number, number, number] {
  const value = Number.parseInt(matte.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Its name in a sentence, or how it is written. */
export const matteName = (matte: Matte): string => names[matte] ?? matte;
