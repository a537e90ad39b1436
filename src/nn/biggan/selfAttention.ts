/**
 * BigGAN's non-local block: x + gamma o(softmax(theta(x) phi(x)^T) g(x)), with 1 x 1 convolutions theta and phi to an
 * eighth of the channels and g to half of them, phi and g max-pooled to a quarter of the positions, spectral norm on
 * all four, and gamma learnt from 0, so that the block starts as the identity.
 *
 * The fused attention kernel wants as many queries as keys and equally wide queries and values. So the four quarters of
 * the queries go through it as pictures of their own, and the values as four heads that share queries and keys: the
 * same sums, without a matrix of 4,096 x 1,024 weights a picture.
 */
import { multiHeadAttention } from '../../gpu/attention/attention';
import { conv2d } from '../../gpu/conv2d/conv2d';
import { splitColumns } from '../../gpu/split/splitColumns';
import {
  add,
  concat,
  maximum,
  mul,
  reshape,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '../../gpu/tensor';
import type { NetworkParameters } from '../networkParameters';
import { four } from './plan';

/** @param x [B, H, W, C], H and W even */
export function selfAttention(weights: NetworkParameters, name: string, x: Tensor4D): Tensor4D {
  const [batch, height, width] = x.shape;
  const positions = height * width;
  const project = (part: string): Tensor4D => conv2d(x, weights.get(`${name}.attention.${part}.weight`));
  const theta = project('theta');
  const depth = theta.shape[3];
  const keys = maxPool2x(project('phi'));
  const values = maxPool2x(project('g'));
  const queries: Tensor3D = reshape(theta, [batch, positions, depth]);
  const flat = (t: Tensor4D): Tensor3D => reshape(t, [batch, positions / four, t.shape[3]]);
  const shared = (t: Tensor3D): Tensor3D => concat<Tensor3D>([t, t, t, t], 2);
  const attended = multiHeadAttention(
    reshape(shared(queries), [batch * four, positions / four, four * depth]),
    overQuarters(shared(flat(keys))),
    overQuarters(flat(values)),
    { heads: four, scale: 1, causal: false },
  );
  const output: Tensor = mul(
    weights.get(`${name}.attention.o.weight`),
    reshape(weights.get(`${name}.attention.gamma`), [1, 1, 1, 1]),
  );
  return add(x, conv2d(reshape(attended, [batch, height, width, four * depth]) as Tensor4D, output as Tensor4D));
}

/** Each picture's rows for its four quarters of queries. [B, T, D] -> [4B, T, D] */
function overQuarters(t: Tensor3D): Tensor3D {
  const [batch, length, depth] = t.shape;
  const one: Tensor3D = reshape(t, [batch, 1, length * depth]);
  return reshape(concat<Tensor3D>([one, one, one, one], 1), [batch * four, length, depth]);
}

/** Largest of 2 x 2 pixels. [B, H, W, C] -> [B, H / 2, W / 2, C] */
function maxPool2x(x: Tensor4D): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const across = larger(reshape(x, [(batch * height * width) / 2, 2 * channels]));
  const down = larger(reshape(across, [(batch * height) / 2, width * channels]));
  return reshape(down, [batch, height / 2, width / 2, channels]);
}

/** The larger of the left and the right half of each row. [R, 2 W] -> [R, W] */
function larger(pairs: Tensor2D): Tensor2D {
  const [left, right] = splitColumns(pairs, 2) as [Tensor2D, Tensor2D];
  return maximum(left, right);
}
