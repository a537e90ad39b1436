/**
 * Conditional batch norm in two dispatches each way. Forward: mean and sum of squared deviations of every picture and
 * channel; then every thread merges those of its channel over the batch and normalises some pixels. Backward: the
 * gradients of gain and bias, which are also the sums that the input's gradient needs; then that gradient.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { disposeInfo, linearGrid } from '../kernel/dispatch';
import { runProgram } from '../kernel/program';
import { imageFrame, imageLayout, pieces, type ImageLayout } from './imageFrame';

function momentsPerImage(x: TensorInfo, layout: ImageLayout): TensorInfo {
  const { images, pixels, channels, across, type } = layout;
  const frame = imageFrame(layout);
  const [moments] = runProgram({
    label: 'batchNorm.moments',
    variant: frame.variant,
    ints: { images, pixels, across },
    outputs: { moments: { shape: [2, images, channels], element: type } },
    inputs: { x: { tensor: x, element: type } },
    body: () =>
      frame.module(/* wgsl */ `
  let start = image * dims.pixels * dims.across + column;
  var sum = ${type}(0.0);
  for (var pixel = first; pixel < dims.pixels; pixel += STEP) { sum += x[start + pixel * dims.across]; }
  let mean = pixelSum(sum) / f32(dims.pixels);
  var squares = ${type}(0.0);
  for (var pixel = first; pixel < dims.pixels; pixel += STEP) { let d = x[start + pixel * dims.across] - mean; squares += d * d; }
  let deviations = pixelSum(squares);
  if (isFirst) {
    moments[image * dims.across + column] = mean;
    moments[(dims.images + image) * dims.across + column] = deviations;
  }`),
    workgroups: frame.workgroups,
  });
  return moments as TensorInfo;
}

/** The frame of the second dispatches: a thread has `image`, `column` and the pixels from `start` to `end`. */
function pieceModule(grid: ReturnType<typeof linearGrid>, statements: string, helpers: string): string {
  return /* wgsl */ `
${helpers}
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let thread = i32(index);
  if (thread >= dims.images * dims.pieces * dims.across) { return; }
  let column = thread % dims.across;
  let piece = thread / dims.across % dims.pieces;
  let image = thread / dims.across / dims.pieces;
  let start = piece * dims.chunk;
  let end = min(dims.pixels, start + dims.chunk);
  ${statements}
}`;
}

/** @returns y, and [2, C] of mean and 1 / standard deviation */
export function batchNormForward(
  x: TensorInfo,
  gain: TensorInfo,
  bias: TensorInfo,
  epsilon: number,
  slope: number,
): TensorInfo[] {
  const layout = imageLayout(x.shape);
  const { images, pixels, channels, across, type } = layout;
  const moments = momentsPerImage(x, layout);
  const part = pieces(layout);
  const grid = linearGrid(images * across * part.pieces, 32);
  const outputs = runProgram({
    label: 'batchNorm.normalize',
    variant: slope === 1 ? '' : 'a',
    ints: { images, pixels, across, ...part },
    floats: { epsilon, slope },
    outputs: { y: { shape: x.shape, element: type }, stats: { shape: [2, channels], element: type } },
    inputs: {
      x: { tensor: x, element: type },
      gain: { tensor: gain, element: type },
      bias: { tensor: bias, element: type },
      moments: { tensor: moments, element: type },
    },
    body: () =>
      pieceModule(
        grid,
        /* wgsl */ `
  var mean = ${type}(0.0);
  var deviations = ${type}(0.0);
  for (var other = 0; other < dims.images; other++) { mean += moments[other * dims.across + column]; }
  mean /= f32(dims.images);
  for (var other = 0; other < dims.images; other++) {
    let d = moments[other * dims.across + column] - mean;
    deviations += moments[(dims.images + other) * dims.across + column] + f32(dims.pixels) * d * d;
  }
  let scale = ${type}(1.0) / sqrt(deviations / f32(dims.images * dims.pixels) + dims.epsilon);
  if (thread == column) { stats[column] = mean; stats[dims.across + column] = scale; }
  let factor = scale * gain[image * dims.across + column];
  let shift = bias[image * dims.across + column];
  for (var pixel = start; pixel < end; pixel++) {
    let at = (image * dims.pixels + pixel) * dims.across + column;
    y[at] = activate((x[at] - mean) * factor + shift);
  }`,
        `fn activate(z: ${type}) -> ${type} { return ${slope === 1 ? 'z' : `select(dims.slope * z, z, z > ${type}(0.0))`}; }`,
      ),
    workgroups: grid.workgroups,
  });
  disposeInfo(moments);
  return outputs;
}

export interface BackwardInputs {
  dy: TensorInfo;
  x: TensorInfo;
  gain: TensorInfo;
  stats: TensorInfo;
  /** The result, where there is an activation: its sign tells the slope. */
  y: TensorInfo | null;
}

/** `fn arriving(at)`: the gradient behind the activation. */
function arriving(type: string, active: boolean): string {
  const slope = `select(${type}(dims.slope), ${type}(1.0), y[at] > ${type}(0.0))`;
  return `fn arriving(at: i32) -> ${type} { return dy[at]${active ? ` * ${slope}` : ''}; }`;
}

/** @returns the gradients by x, gain and bias */
export function batchNormBackward({ dy, x, gain, stats, y }: BackwardInputs, slope: number): TensorInfo[] {
  const layout = imageLayout(x.shape);
  const { images, pixels, channels, across, type } = layout;
  const frame = imageFrame(layout);
  const element = type;
  const common = {
    x: { tensor: x, element },
    stats: { tensor: stats, element },
    dy: { tensor: dy, element },
    ...(y ? { y: { tensor: y, element } } : {}),
  };
  const variant = y ? 'a' : '';
  const [dgain, dbias] = runProgram({
    label: 'batchNorm.gradientAffine',
    variant: `${variant}${frame.variant}`,
    ints: { images, pixels, across },
    floats: { slope },
    outputs: { dgain: { shape: [images, channels], element }, dbias: { shape: [images, channels], element } },
    inputs: common,
    body: () =>
      frame.module(
        /* wgsl */ `
  let mean = stats[column];
  let scale = stats[dims.across + column];
  var plain = ${type}(0.0);
  var along = ${type}(0.0);
  for (var pixel = first; pixel < dims.pixels; pixel += STEP) {
    let at = (image * dims.pixels + pixel) * dims.across + column;
    let g = arriving(at);
    plain += g;
    along += g * (x[at] - mean);
  }
  let byGain = pixelSum(along * scale);
  let byBias = pixelSum(plain);
  if (isFirst) { dgain[image * dims.across + column] = byGain; dbias[image * dims.across + column] = byBias; }`,
        arriving(type, y !== null),
      ),
    workgroups: frame.workgroups,
  }) as [TensorInfo, TensorInfo];
  const part = pieces(layout);
  const grid = linearGrid(images * across * part.pieces, 32);
  const [dx] = runProgram({
    label: 'batchNorm.gradientX',
    variant,
    ints: { images, pixels, across, ...part },
    floats: { slope },
    outputs: { dx: { shape: x.shape, element } },
    inputs: {
      ...common,
      gain: { tensor: gain, element },
      dgain: { tensor: dgain, element },
      dbias: { tensor: dbias, element },
    },
    body: () =>
      pieceModule(
        grid,
        /* wgsl */ `
  var plain = ${type}(0.0);
  var along = ${type}(0.0);
  for (var other = 0; other < dims.images; other++) {
    let at = other * dims.across + column;
    plain += gain[at] * dbias[at];
    along += gain[at] * dgain[at];
  }
  let mean = stats[column];
  let scale = stats[dims.across + column];
  let count = f32(dims.images * dims.pixels);
  plain /= count;
  along *= scale / count;
  let factor = gain[image * dims.across + column];
  for (var pixel = start; pixel < end; pixel++) {
    let at = (image * dims.pixels + pixel) * dims.across + column;
    dx[at] = scale * (factor * arriving(at) - plain - (x[at] - mean) * along);
  }`,
        arriving(type, y !== null),
      ),
    workgroups: grid.workgroups,
  }) as [TensorInfo];
  return [dx, dgain, dbias];
}
