/**
 * Checks of kernels that work on pictures: batch norm, augmentation, resampling. Channels in fours and others are two
 * codes, hence shapes of both kinds.
 */
import { adaAugment, adaBgc, adaDraws } from '../ada/adaAugment';
import { adaAugmentRef } from '../ada/adaAugment.ref';
import { conditionalBatchNorm } from '../batchNorm/conditionalBatchNorm';
import { conditionalBatchNormRef } from '../batchNorm/conditionalBatchNorm.ref';
import { biasActRef } from '../biasAct/activation.ref';
import { biasAct } from '../biasAct/biasAct';
import { conv2d } from '../conv2d/conv2d';
import { conv2dRef } from '../conv2d/conv2d.ref';
import { convGeometry } from '../conv2d/geometry';
import { diffAugment } from '../diffAugment/diffAugment';
import { diffAugmentRef } from '../diffAugment/diffAugment.ref';
import { minibatchStd } from '../minibatchStd/minibatchStd';
import { minibatchStdRef } from '../minibatchStd/minibatchStd.ref';
import { pictureDot, scaleChannels } from '../modulation/scaleChannels';
import { pictureDotRef, scaleChannelsRef } from '../modulation/scaleChannels.ref';
import { addNoise } from '../noise/addNoise';
import { addNoiseRef } from '../noise/addNoise.ref';
import { avgPool } from '../resample/avgPool';
import { avgPool2x } from '../resample/avgPool2x';
import { avgPool2xRef, avgPoolRef, resizeRef, upsampleNearest2xRef } from '../resample/resample.ref';
import { resize } from '../resample/resize';
import { upsampleNearest2x } from '../resample/upsampleNearest2x';
import { add, scalar, tensor, type Tensor, type Tensor2D, type Tensor4D } from '../tensor';
import { randomArray } from '../testing/arrays';
import { upfirdn2d } from '../upfirdn2d/upfirdn2d';
import { firOutput, upfirdn2dRef, type FirRef } from '../upfirdn2d/upfirdn2d.ref';
import type { KernelCheck } from './judge';

type Shape = readonly [batch: number, height: number, width: number, channels: number];

const frame: Shape = [2, 6, 4, 5];
const four: Shape = [2, 3, 5, 8];
const colored: Shape = [2, 5, 4, 3];
const grouped: Shape = [4, 3, 3, 4];

/** Uniform in [0, 1). */
const unitDraws = (size: number): Float64Array => randomArray(size, 9).map((value) => Math.fround(value / 2 + 0.5));
const draws = unitDraws(16);
const adaNumbers = unitDraws(2 * adaDraws);
const strength = 0.75;

const batchNorms: readonly KernelCheck[] = [
  {
    name: 'conditional batch normalisation',
    inputs: [{ shape: frame, scale: 2, offset: 0.5 }, { shape: [2, 5], offset: 1 }, { shape: [2, 5] }],
    outputs: [{ shape: frame }],
    op: (x, gain, bias) => conditionalBatchNorm(x as Tensor4D, gain as Tensor2D, bias as Tensor2D, 1e-5),
    reference: (x, gain, bias) =>
      conditionalBatchNormRef(x, gain, bias, { images: 2, pixels: 24, channels: 5, epsilon: 1e-5, relu: false }),
  },
  {
    name: 'conditional batch normalisation with activation',
    inputs: [{ shape: four, scale: 2, offset: 0.5 }, { shape: [2, 8], offset: 1 }, { shape: [2, 8] }],
    outputs: [{ shape: four }],
    op: (x, gain, bias) => conditionalBatchNorm(x as Tensor4D, gain as Tensor2D, bias as Tensor2D, 1e-5, 'relu'),
    reference: (x, gain, bias) =>
      conditionalBatchNormRef(x, gain, bias, { images: 2, pixels: 15, channels: 8, epsilon: 1e-5, relu: true }),
  },
];

const augmentations: readonly KernelCheck[] = [
  {
    name: 'random augmentation',
    inputs: [{ shape: frame }],
    outputs: [{ shape: frame }],
    op: (x) =>
      diffAugment(x as Tensor4D, tensor(Float32Array.from(draws), [2, 8]), {
        color: true,
        translation: true,
        cutout: true,
      }),
    reference: (x) => diffAugmentRef(x, draws, frame, { color: true, translation: true, cutout: true }),
  },
  {
    name: 'adaptive augmentation',
    inputs: [{ shape: colored }],
    outputs: [{ shape: colored }],
    op: (x) => adaAugment(x as Tensor4D, tensor(Float32Array.from(adaNumbers), [2, adaDraws]), scalar(strength)),
    reference: (x) => adaAugmentRef(x, adaNumbers, strength, colored, adaBgc),
    tolerance: 2e-4, // where a pixel looks is rounded, and its neighbours differ as much as they can
  },
];

const byTwo: readonly KernelCheck[] = [
  {
    name: 'average pooling',
    inputs: [{ shape: frame }],
    outputs: [{ shape: [2, 3, 2, 5] }],
    op: (x) => avgPool2x(x as Tensor4D),
    reference: (x) => avgPool2xRef(x, frame),
  },
  {
    name: 'enlarging by two',
    inputs: [{ shape: four }],
    outputs: [{ shape: [2, 6, 10, 8] }],
    op: (x) => upsampleNearest2x(x as Tensor4D),
    reference: (x) => upsampleNearest2xRef(x, four),
  },
];

/** Different down and across in everything. */
const fir: FirRef = {
  rows: [
    [0.1, -0.4, 0.7],
    [0.9, 0.2, -0.3],
  ],
  up: [2, 1],
  down: [1, 3],
  padding: [1, 2, -1, 3],
  flip: false,
};

const joinedGeometry = convGeometry(four, [3, 3, 8, 8], 1, 'same');

/** Work element by element at the end of a kernel, where only steps put it. */
export const joinedCheck: KernelCheck = {
  name: 'joined kernels',
  inputs: [{ shape: four }, { shape: [3, 3, 8, 8] }, { shape: [8] }, { shape: four }],
  outputs: [{ shape: [2, 6, 10, 8] }],
  op: (x, filter, bias, skip) =>
    upsampleNearest2x(
      add(biasAct(conv2d(x as Tensor4D, filter as Tensor4D), bias, { activation: 'lrelu' }), skip as Tensor4D),
    ),
  reference: (x, filter, bias, skip) =>
    upsampleNearest2xRef(
      biasActRef(conv2dRef(x, filter, joinedGeometry), bias, 'lrelu').map((value, i) => value + (skip[i] ?? NaN)),
      four,
    ),
  joined: true,
};

/** The same with inputs that repeat over pictures, pixels and everything: a modulated convolution. */
const modulatedCheck: KernelCheck = {
  name: 'joined kernels with inputs that repeat',
  inputs: [
    { shape: four },
    { shape: [3, 3, 8, 8] },
    { shape: [2, 8] },
    { shape: [2, 3, 5, 1] },
    { shape: [] },
    { shape: [8] },
  ],
  outputs: [{ shape: four }],
  op: (x, filter, s, noise, factor, bias) =>
    biasAct(
      addNoise(
        scaleChannels(conv2d(x as Tensor4D, filter as Tensor4D), s as Tensor2D),
        noise as Tensor4D,
        factor as Tensor,
      ),
      bias,
      { activation: 'lrelu' },
    ),
  reference: (x, filter, s, noise, factor, bias) =>
    biasActRef(
      addNoiseRef(scaleChannelsRef(conv2dRef(x, filter, joinedGeometry), s, four), noise, factor, 8),
      bias,
      'lrelu',
    ),
  joined: true,
};

/** What the networks of a GAN are made of, and what their pictures go through. */
export const networkPictureChecks: readonly KernelCheck[] = [...batchNorms, ...augmentations, ...byTwo];

/** What leads to CLIP. */
export const resizeCheck: KernelCheck = {
  name: 'resizing',
  inputs: [{ shape: frame }],
  outputs: [{ shape: [2, 9, 9, 5] }],
  op: (x) => resize(x as Tensor4D, 9, 9, 'bicubic'),
  reference: (x) => resizeRef(x, frame, 9, 9, 'bicubic'),
};

const many: Shape = [2, 9, 9, 4];

/** For networks of other kinds. */
export const furtherPictureChecks: readonly KernelCheck[] = [
  modulatedCheck,
  {
    name: 'factors of channels',
    inputs: [{ shape: four }, { shape: [2, 8] }],
    outputs: [{ shape: four }],
    op: (x, s) => scaleChannels(x as Tensor4D, s as Tensor2D),
    reference: (x, s) => scaleChannelsRef(x, s, four),
  },
  {
    name: 'products of pictures',
    inputs: [{ shape: many }, { shape: many }],
    outputs: [{ shape: [2, 4] }],
    op: (x, y) => pictureDot(x as Tensor4D, y as Tensor4D),
    reference: (x, y) => pictureDotRef(x, y, many),
  },
  {
    name: 'noise of pixels',
    inputs: [{ shape: colored }, { shape: [2, 5, 4, 1] }, { shape: [] }],
    outputs: [{ shape: colored }],
    op: (x, noise, factor) => addNoise(x as Tensor4D, noise as Tensor4D, factor as Tensor),
    reference: (x, noise, factor) => addNoiseRef(x, noise, factor, 3),
  },
  {
    name: 'filtering and resampling',
    inputs: [{ shape: colored }],
    outputs: [{ shape: firOutput(colored, fir) }],
    op: (x) => upfirdn2d(x as Tensor4D, fir.rows, fir),
    reference: (x) => upfirdn2dRef(x, colored, fir),
  },
  {
    name: 'average pooling with overlap',
    inputs: [{ shape: grouped }],
    outputs: [{ shape: [4, 2, 2, 4] }],
    op: (x) => avgPool(x as Tensor4D, 3, { stride: 2, padding: 1 }),
    reference: (x) => avgPoolRef(x, grouped, 3, 2, 1),
  },
  {
    name: 'deviation within groups',
    inputs: [{ shape: grouped }],
    outputs: [{ shape: [4, 3, 3, 5] }],
    op: (x) => minibatchStd(x as Tensor4D, { group: 2 }),
    reference: (x) => minibatchStdRef(x, grouped, 2, 1),
  },
];
