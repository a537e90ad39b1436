/**
 * Class features from class names (t_c of docs/method.md, section 1): each name is put into several sentences, the unit
 * features of the sentences are averaged, and the mean is brought to unit length.
 */
import type { FrozenClip } from './frozen';
import type { ClipModel } from './model';
import { normalizeRows } from './vectors';

/**
 * Sentences around a class name: photographs of several kinds, and what else a data set may hold. None ends in a full
 * stop: a small text tower that has not seen one there takes a fifth of the names for others.
 */
export const templates: readonly string[] = [
  'a photo of a {}',
  'a picture of a {}',
  'an image of a {}',
  'a close-up photo of a {}',
  'a cropped photo of a {}',
  'a blurry photo of a {}',
  'a drawing of a {}',
  '{}',
];

/** A folder's name as words: separators become spaces, words run together in capitals come apart. */
export function readableName(name: string): string {
  return name
    .replaceAll(/[_\-.+/]+/g, ' ')
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/**
 * @param names class names, as folders or a person give them
 * @param onProgress classes done
 * @returns [C, d], unit rows
 */
export async function classFeatures(
  frozen: FrozenClip,
  model: Pick<ClipModel, 'dim'>,
  names: readonly string[],
  onProgress: (done: number) => void = () => {},
): Promise<Float32Array> {
  const d = model.dim;
  const features = new Float32Array(names.length * d);
  for (const [c, name] of names.entries()) {
    const word = readableName(name);
    const rows = normalizeRows(
      await frozen.encodeTexts(templates.map((template) => template.replace('{}', () => word))),
      d,
    );
    for (let i = 0; i < rows.length; i++)
      features[c * d + (i % d)] = (features[c * d + (i % d)] as number) + (rows[i] as number);
    onProgress(c + 1);
  }
  return normalizeRows(features, d);
}

/** Unit features of single texts, [n, d]: what a person types to look for. */
export async function textFeatures(
  frozen: FrozenClip,
  model: Pick<ClipModel, 'dim'>,
  texts: readonly string[],
): Promise<Float32Array> {
  return normalizeRows(await frozen.encodeTexts(texts), model.dim);
}
