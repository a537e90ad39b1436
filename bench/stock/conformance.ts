/**
 * Checks, when types are checked, that the stock counterparts still have the signatures of ours: the networks are
 * compiled against ours and run against these. Nothing here runs.
 */
import type * as ourAda from '../../src/gpu/ada/adaAugment';
import type * as ourAttention from '../../src/gpu/attention/attention';
import type * as ourJointAttention from '../../src/gpu/attention/jointAttention';
import type * as ourBatchNorm from '../../src/gpu/batchNorm/conditionalBatchNorm';
import type * as ourBiasAct from '../../src/gpu/biasAct/biasAct';
import type * as ourConv2d from '../../src/gpu/conv2d/conv2d';
import type * as ourDense from '../../src/gpu/dense/dense';
import type * as ourDepthwiseConv2d from '../../src/gpu/depthwiseConv2d/depthwiseConv2d';
import type * as ourDiffAugment from '../../src/gpu/diffAugment/diffAugment';
import type * as ourAddLayerNorm from '../../src/gpu/layerNorm/addLayerNorm';
import type * as ourLayerNorm from '../../src/gpu/layerNorm/layerNorm';
import type * as ourLogitMeans from '../../src/gpu/hinge/logitMeans';
import type * as ourMatMul from '../../src/gpu/matmul/matmul';
import type * as ourAvgPool from '../../src/gpu/resample/avgPool2x';
import type * as ourResize from '../../src/gpu/resample/resize';
import type * as ourUpsample from '../../src/gpu/resample/upsampleNearest2x';
import type * as ourUnitRows from '../../src/gpu/unitRows/unitRows';
import type * as ourSplit from '../../src/gpu/split/splitColumns';
import type * as ourEmbedding from '../../src/gpu/embedding/embedding';
import type * as ourStd from '../../src/gpu/minibatchStd/minibatchStd';
import type * as ourPool from '../../src/gpu/resample/avgPool';
import type * as ourSoftmax from '../../src/gpu/softmax/softmax';
import type * as ourFir from '../../src/gpu/upfirdn2d/upfirdn2d';
import type * as ourHinge from '../../src/gpu/hinge/weightedHinge';
import type * as ourModulation from '../../src/gpu/modulation/scaleChannels';
import type * as ourNoise from '../../src/gpu/noise/addNoise';
import type * as ourSoftplus from '../../src/gpu/softplus/weightedSoftplus';
import type * as ourOutside from '../../src/gpu/capture/outsideCapture';
import type * as ourParameter from '../../src/gpu/parameter';
import type * as ourPlan from '../../src/gpu/capture/plan';
import type * as ourRandom from '../../src/gpu/random/random';
import type * as stockAda from './adaAugment';
import type * as stockAugment from './diffAugment';
import type * as stockFir from './fir';
import type * as stockOps from './ops';
import type * as stockRun from './run';
import type * as stockState from './state';

/**
 * Parameters of a function, and how many there are: a stock function that left out an optional one would do less than
 * ours.
 */
type Arity<F> = F extends (...parameters: infer P) => unknown ? P['length'] : never;
type SameArity<Ours, Stock> = {
  [Name in keyof Ours]: Name extends keyof Stock
    ? Arity<Ours[Name]> extends Arity<Stock[Name]>
      ? true
      : false
    : false;
};

/** Each name stands for something of our signature. */
type Conforms<Ours, Stock extends Ours> = SameArity<Ours, Stock>[keyof Ours] extends true
  ? true
  : { differ: SameArity<Ours, Stock> };
type Checked<T extends true> = T;

type Ops = Pick<typeof ourAttention, 'attention' | 'multiHeadAttention'> &
  Pick<typeof ourJointAttention, 'jointAttention'> &
  Pick<typeof ourBatchNorm, 'conditionalBatchNorm'> &
  Pick<typeof ourBiasAct, 'biasAct'> &
  Pick<typeof ourConv2d, 'conv2d' | 'convTranspose2d'> &
  Pick<typeof ourDense, 'dense'> &
  Pick<typeof ourDepthwiseConv2d, 'depthwiseConv2d'> &
  Pick<typeof ourLayerNorm, 'layerNorm'> &
  Pick<typeof ourAddLayerNorm, 'addLayerNorm'> &
  Pick<typeof ourLogitMeans, 'logitMeans'> &
  Pick<typeof ourMatMul, 'matMul'> &
  Pick<typeof ourAvgPool, 'avgPool2x'> &
  Pick<typeof ourResize, 'resize'> &
  Pick<typeof ourUpsample, 'upsampleNearest2x'> &
  Pick<typeof ourHinge, 'weightedHinge'> &
  Pick<typeof ourModulation, 'scaleChannels' | 'pictureDot'> &
  Pick<typeof ourNoise, 'addNoise'> &
  Pick<typeof ourSoftplus, 'weightedSoftplus'> &
  Pick<typeof ourSplit, 'splitColumns' | 'joinColumns'> &
  Pick<typeof ourUnitRows, 'unitRows'>;

export type OpsConform = Checked<Conforms<Ops, typeof stockOps>>;
export type AugmentConforms = Checked<Conforms<Pick<typeof ourDiffAugment, 'diffAugment'>, typeof stockAugment>>;
type Fir = Pick<typeof ourFir, 'upfirdn2d' | 'upsampleFir' | 'downsampleFir' | 'binomial4'> &
  Pick<typeof ourPool, 'avgPool'> &
  Pick<typeof ourStd, 'minibatchStd'> &
  Pick<typeof ourSoftmax, 'softmax'> &
  Pick<typeof ourEmbedding, 'mixEmbeddings' | 'pickEmbeddings'>;

export type FirConforms = Checked<Conforms<Fir, typeof stockFir>>;
export type AdaConforms = Checked<Conforms<Pick<typeof ourAda, 'adaAugment' | 'adaBgc' | 'adaDraws'>, typeof stockAda>>;
export type StateConforms = Checked<
  Conforms<Pick<typeof ourParameter, 'assignInPlace' | 'lossAndGradients' | 'accumulatedGradients'>, typeof stockState>
>;
export type RunConforms = Checked<
  Conforms<
    Pick<typeof ourPlan, 'compileStep'> &
      Pick<typeof ourRandom, 'randomNormal' | 'randomUniform'> &
      Pick<typeof ourOutside, 'outsideCapture'>,
    typeof stockRun
  >
>;
