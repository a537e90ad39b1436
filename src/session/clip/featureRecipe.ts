/**
 * Names the way from file to feature: with the CLIP's hash it says which features of the cache are good. Changes whenever
 * the way does. What files beside the model may say differently of the same model is part of it.
 */
import { white, type Matte } from '../../shared/matte';
import { clipMean, clipStd, type ClipModel } from '../../clip/model';

const RECIPE = 'square-bicubic-mirror-1';

/** @param matte what transparent parts of the pictures are laid over */
export function recipeOf(
  { id, imageSize, mean, std }: Pick<ClipModel, 'id' | 'imageSize' | 'mean' | 'std'>,
  matte: Matte = white,
): string {
  const usual = [...clipMean, ...clipStd];
  const numbers = [...mean, ...std];
  const size = id.startsWith('file:') ? [`${imageSize}px`] : [];
  return [
    RECIPE,
    ...size,
    ...(numbers.every((value, i) => value === usual[i]) ? [] : numbers.map((value) => value.toFixed(4))),
    ...(matte === white ? [] : [`over-${matte.slice(1)}`]),
  ].join('-');
}
