/**
 * The parameters of StyleGAN2's networks as plain data. All weights have an equalised learning rate (`gain`), except
 * those of the generator's 3 x 3 convolutions, which demodulation makes independent of their scale.
 */
import { tableRows, type ConditionShape } from '../conditionTable';
import type { ParameterPlan } from '../parameterPlan';
import { channelsAt, criticBlocks, noisyLayers, startSide, styledLayers, type StyleSize } from './layout';

export interface StyleGeneratorShape extends ConditionShape, StyleSize {
  /** Dimension of z, of e(u) and of w. */
  latent: number;
  /** Layers of the mapping from z to w, at least 1. */
  mappingLayers: number;
  /**
   * The condition enters the first layer's input beside z, as in the public code, instead of being added behind that
   * layer: for networks that were trained so.
   */
  joined?: boolean;
}

export interface StyleCriticShape extends ConditionShape, StyleSize {
  /** Pictures of a group of the minibatch standard deviation. */
  deviationGroup: number;
  /** A 1 x 1 path beside each size's two convolutions ('resnet'), or none ('orig', the default). */
  residual?: boolean;
  /** One logit a(x) + b(x, u) in the place of a, as an ablation; b is given beside it all the same. */
  joint?: boolean;
}

/** Factor on the mapping's learning rate. */
const mappingRate = 0.01;

/** @param rate factor on the learning rate */
function linear(name: string, inputs: number, outputs: number, { rate = 1, bias = 0 } = {}): ParameterPlan[] {
  const scale = 1 / Math.sqrt(inputs);
  return [
    { name: `${name}.weight`, shape: [inputs, outputs], init: { normal: scale }, gain: rate * scale },
    { name: `${name}.bias`, shape: [outputs], init: bias, gain: rate },
  ];
}

function convolution(name: string, side: number, inputs: number, outputs: number): ParameterPlan[] {
  const scale = 1 / Math.sqrt(side * side * inputs);
  return [
    { name: `${name}.weight`, shape: [side, side, inputs, outputs], init: { normal: scale }, gain: scale },
    { name: `${name}.bias`, shape: [outputs], init: 0 },
  ];
}

/** Rows of a table; networks use mixtures of them scaled to one length. */
function table(name: string, shape: ConditionShape, width: number): ParameterPlan {
  const rows = tableRows(shape);
  const scale = 1 / Math.sqrt(rows);
  return { name, shape: [rows, width], init: { normal: scale }, gain: scale };
}

function mappingPlan(shape: StyleGeneratorShape): ParameterPlan[] {
  const { latent, mappingLayers, joined } = shape;
  const layers = [...(joined ? [] : ['condition']), ...Array.from({ length: mappingLayers }, (_, i) => `fc${i}`)];
  const inputsOf = (name: string): number => (joined && name === 'fc0' ? 2 * latent : latent);
  return [
    table('mapping.embedding.weight', shape, latent),
    ...layers.flatMap((name) => linear(`mapping.${name}`, inputsOf(name), latent, { rate: mappingRate })),
  ];
}

export function generatorPlan(shape: StyleGeneratorShape): ParameterPlan[] {
  const layers = styledLayers(shape);
  const styles = layers.reduce((sum, { input }) => sum + input, 0);
  return [
    ...mappingPlan(shape),
    // All layers' maps from w to styles, side by side.
    ...linear('affine', shape.latent, styles, { bias: 1 }),
    { name: 'const', shape: [startSide, startSide, channelsAt(shape, startSide)], init: { normal: 1 } },
    ...layers.flatMap(({ name, kind, up, input, output }): ParameterPlan[] =>
      kind === 'rgb'
        ? convolution(name, 1, input, output)
        : [
            // A transposed convolution has its outputs first.
            { name: `${name}.weight`, shape: [3, 3, ...(up ? [output, input] : [input, output])], init: { normal: 1 } },
            { name: `${name}.noise`, shape: [], init: 0 },
            { name: `${name}.bias`, shape: [output], init: 0 },
          ],
    ),
  ];
}

/** Not trained: the condition's weight, the running mean of w, and noise for samples, so that these repeat. */
export function statisticsPlan(shape: StyleGeneratorShape): ParameterPlan[] {
  return [
    { name: 'lambda', shape: [], init: 0 },
    { name: 'average', shape: [shape.latent], init: 0 },
    { name: 'noise', shape: [1, noisePixels(shape)], init: { normal: 1 } },
  ];
}

/** Numbers of noise that a picture takes. */
export function noisePixels(size: StyleSize): number {
  return noisyLayers(size).reduce((sum, { side }) => sum + side * side, 0);
}

export function discriminatorPlan(shape: StyleCriticShape): ParameterPlan[] {
  const [first, last] = [channelsAt(shape, shape.resolution), channelsAt(shape, startSide)];
  return [
    ...convolution('rgb', 1, 3, first),
    ...criticBlocks(shape).flatMap(({ name, input, output }) => [
      ...convolution(`${name}.conv0`, 3, input, input),
      ...convolution(`${name}.conv1`, 3, input, output),
      ...(shape.residual ? convolution(`${name}.skip`, 1, input, output).slice(0, 1) : []),
    ]),
    ...convolution('b4.conv', 3, last + 1, last),
    ...linear('b4.fc', startSide * startSide * last, last),
    ...linear('linear', last, 1),
    ...linear('projection', last, last),
    table('embedding.weight', shape, last),
  ];
}
