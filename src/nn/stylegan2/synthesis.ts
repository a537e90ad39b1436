/**
 * From styles to a picture (Karras et al. 2020). A modulated convolution scales its weights by a style for each picture and
 * divides by their length; here activations are scaled instead, before and after a convolution that all pictures share,
 * which is the same map. Noise and bias follow, and each size adds its colours to the enlarged picture so far.
 */
import { biasAct } from '../../gpu/biasAct/biasAct';
import { conv2d, convTranspose2d } from '../../gpu/conv2d/conv2d';
import { dense } from '../../gpu/dense/dense';
import { matMul } from '../../gpu/matmul/matmul';
import { scaleChannels } from '../../gpu/modulation/scaleChannels';
import { addNoise } from '../../gpu/noise/addNoise';
import { splitColumns } from '../../gpu/split/splitColumns';
import { add, mul, reshape, rsqrt, square, sub, type Tensor, type Tensor2D, type Tensor4D } from '../../gpu/tensor';
import { binomial4, upfirdn2d, upsampleFir } from '../../gpu/upfirdn2d/upfirdn2d';
import { filled } from '../filled';
import type { NetworkParameters } from '../networkParameters';
import { channelsAt, noisyLayers, startSide, styledLayers, type StyledLayer } from './layout';
import { activated } from './mapping';
import type { StyleGeneratorShape } from './plan';

/** Added to the squared length of weights. */
const tiny = 1e-8;

/** 1 / |s W| for each picture and output: sqrt of sum over taps and inputs of (s W)^2. [B, O] */
function demodulation(weight: Tensor4D, style: Tensor2D, up: boolean): Tensor2D {
  const [height, width, a, b] = weight.shape;
  const taps = height * width;
  const squares = matMul(filled<Tensor2D>([1, taps], 1), reshape(square(weight), [taps, a * b]) as Tensor2D);
  const lengths = matMul(square(style), reshape(squares, [a, b]) as Tensor2D, { transposeB: up });
  return rsqrt(add(lengths, tiny));
}

/** [B, H, W, I] to [B, H, W, O], or enlarged: a transposed convolution, then the filter. */
function convolve(x: Tensor4D, weight: Tensor4D, up: boolean): Tensor4D {
  if (!up) return conv2d(x, weight);
  return upfirdn2d(convTranspose2d(x, weight, { stride: 2 }), binomial4, { padding: 1, gain: 4 });
}

function styledConvolution(
  weights: NetworkParameters,
  { name, up }: StyledLayer,
  x: Tensor4D,
  style: Tensor2D,
  noise: Tensor4D,
): Tensor4D {
  const weight = weights.get<Tensor4D>(`${name}.weight`);
  const y = scaleChannels(convolve(scaleChannels(x, style), weight, up), demodulation(weight, style, up));
  return biasAct(addNoise(y, noise, weights.get(`${name}.noise`)), weights.get(`${name}.bias`), activated);
}

function colours(weights: NetworkParameters, { name }: StyledLayer, x: Tensor4D, style: Tensor2D): Tensor4D {
  return biasAct(conv2d(scaleChannels(x, style), weights.get(`${name}.weight`)), weights.get(`${name}.bias`), {
    activation: 'linear',
  });
}

/** All layers' styles side by side, [B, sum of their inputs]. @param w [B, latent] */
export function stylesOf(weights: NetworkParameters, w: Tensor2D): Tensor2D {
  return dense(w, weights.get('affine.weight'), weights.get('affine.bias'));
}

/** Style mixing: the first's columns where the mask is 1, the second's where it is 0. @param mask [1, columns] */
export function mixedStyles(first: Tensor2D, second: Tensor2D, mask: Tensor2D): Tensor2D {
  return add<Tensor2D>(mul(first, mask), mul(second, sub(1, mask)));
}

/**
 * @param weights made by `generatorPlan` for the shape
 * @param all what `stylesOf` gives
 * @param noise one map a layer of `noisyLayers`, in order, [B, side, side, 1]
 * @returns pictures [B, R, R, 3], about in [-1, 1]
 */
export function synthesize(
  shape: StyleGeneratorShape,
  weights: NetworkParameters,
  all: Tensor2D,
  noise: readonly Tensor4D[],
): Tensor4D {
  const [batch] = all.shape;
  const layers = styledLayers(shape);
  const noisy = noisyLayers(shape).map(({ name }) => name);
  const styles = splitColumns(
    all,
    layers.map(({ input }) => input),
  );
  let x = constant(weights.get('const'), batch, channelsAt(shape, startSide));
  let picture: Tensor4D | null = null;
  layers.forEach((layer, i) => {
    const style = styles[i] as Tensor2D;
    if (layer.kind === 'conv') {
      x = styledConvolution(weights, layer, x, style, noise[noisy.indexOf(layer.name)] as Tensor4D);
      return;
    }
    const added = colours(weights, layer, x, style);
    picture = picture === null ? added : add<Tensor4D>(upsampleFir(picture, binomial4), added);
  });
  return picture as unknown as Tensor4D;
}

/** The same first map for every picture. */
function constant(values: Tensor, batch: number, channels: number): Tensor4D {
  const rows = matMul(filled<Tensor2D>([batch, 1], 1), reshape(values, [1, values.size]) as Tensor2D);
  return reshape(rows, [batch, startSide, startSide, channels]);
}

/** Cuts rows of `noisePixels` numbers into the maps that `synthesize` takes. */
export function noiseMaps(shape: StyleGeneratorShape, rows: Tensor2D): Tensor4D[] {
  const sides = noisyLayers(shape).map(({ side }) => side);
  const parts = splitColumns(
    rows,
    sides.map((side) => side * side),
  );
  return parts.map((part, i) => {
    const side = sides[i] ?? 1;
    return reshape(part, [rows.shape[0], side, side, 1]);
  });
}
