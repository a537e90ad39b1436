/**
 * DiffAugment as an affine map of the pictures, and its adjoint. Either takes one dispatch, and one more before it for
 * a sum over each picture where there is colour (contrast turns around the picture's mean).
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { disposeInfo, linearGrid } from '../kernel/dispatch';
import { runProgram, type InputBinding } from '../kernel/program';
import { rowFrame } from '../kernel/rows';

export interface DiffAugmentPolicy {
  color: boolean;
  translation: boolean;
  cutout: boolean;
}

/** Columns of the draws. */
const column = { brightness: 0, saturation: 1, contrast: 2, shiftY: 3, shiftX: 4, cutY: 5, cutX: 6 } as const;
const drawsAPicture = 8;

function intsOf(shape: readonly number[]): Record<string, number> {
  const [batch = 1, height = 1, width = 1, channels = 1] = shape;
  return { batch, height, width, channels };
}

const policyName = ({ color, translation, cutout }: DiffAugmentPolicy): string =>
  `${color ? 'c' : ''}${translation ? 't' : ''}${cutout ? 'k' : ''}`;

/**
 * WGSL of what a picture's draws say: `shiftOf(picture)` (rows and columns to look further down and right),
 * `visible(picture, at)` for an output pixel, and the colour factors. Sizes follow the public policies: reach 1/8 of a
 * side, cut-out 1/2, both rounded.
 */
function drawn({ color, translation, cutout }: DiffAugmentPolicy): string {
  const of = (name: keyof typeof column): string => `draws[picture * ${drawsAPicture} + ${column[name]}]`;
  return /* wgsl */ `
fn below(draw: f32, count: i32) -> i32 { return min(i32(floor(draw * f32(count))), count - 1); }
fn shiftAlong(draw: f32, size: i32) -> i32 { let reach = (size + 4) / 8; return below(draw, 2 * reach + 1) - reach; }
fn cut(draw: f32, size: i32, at: i32) -> bool { let side = (size + 1) / 2; let first = below(draw, size + 1 - side % 2) - side / 2; return at >= first && at < first + side; }
fn shiftOf(picture: i32) -> vec2<i32> { return ${translation ? `vec2(shiftAlong(${of('shiftY')}, dims.height), shiftAlong(${of('shiftX')}, dims.width))` : 'vec2(0, 0)'}; }
fn within(at: vec2<i32>) -> bool { return all(at >= vec2(0, 0)) && all(at < vec2(dims.height, dims.width)); }
fn visible(picture: i32, at: vec2<i32>) -> bool {
  return within(at) && within(at + shiftOf(picture))${cutout ? ` && !(cut(${of('cutY')}, dims.height, at.x) && cut(${of('cutX')}, dims.width, at.y))` : ''};
}
fn brightness(picture: i32) -> f32 { return ${color ? `${of('brightness')} - 0.5` : '0.0'}; }
fn saturation(picture: i32) -> f32 { return ${color ? `2.0 * ${of('saturation')}` : '1.0'}; }
fn contrast(picture: i32) -> f32 { return ${color ? `${of('contrast')} + 0.5` : '1.0'}; }`;
}

/** The mean of each picture over all pixels and channels; of what is visible, where `masked`. [B] */
function means(x: TensorInfo, draws: TensorInfo, policy: DiffAugmentPolicy, masked: boolean): TensorInfo {
  const ints = intsOf(x.shape);
  const elements = (ints.height ?? 1) * (ints.width ?? 1) * (ints.channels ?? 1);
  const frame = rowFrame(ints.batch ?? 1, elements);
  const [result] = runProgram({
    label: 'diffAugment.means',
    variant: `${masked ? policyName(policy) : 'all'}_${frame.variant}`,
    ints: { ...ints, elements },
    outputs: { means: { shape: [ints.batch ?? 1] } },
    inputs: { x: { tensor: x }, ...(masked ? { draws: { tensor: draws } } : {}) },
    body: () =>
      frame.module(
        'dims.batch',
        /* wgsl */ `
  var sum = 0.0;
  for (var i = first; i < dims.elements; i += LANES) {
    ${masked ? 'let pixel = i / dims.channels; if (!visible(row, vec2(pixel / dims.width, pixel % dims.width))) { continue; }' : ''}
    sum += x[row * dims.elements + i];
  }
  let mean = rowSum(sum) / f32(dims.elements);
  if (first == 0) { means[row] = mean; }`,
        masked ? drawn(policy) : '',
      ),
    workgroups: frame.workgroups,
  });
  return result as TensorInfo;
}

interface Pass {
  label: string;
  variant: string;
  x: TensorInfo;
  draws: TensorInfo;
  policy: DiffAugmentPolicy;
  /** Means of `x` (of what is visible, where `masked`) as `means`; null where nothing needs them. */
  masked: boolean;
  /** Statements for one pixel: `picture`, `at` (row and column), `to` (its first element). */
  pixel: string;
}

function perPixel({ label, variant, x, draws, policy, masked, pixel }: Pass): TensorInfo[] {
  const ints = intsOf(x.shape);
  const size = (ints.batch ?? 1) * (ints.height ?? 1) * (ints.width ?? 1);
  const grid = linearGrid(size, 32);
  const mean = policy.color ? means(x, draws, policy, masked) : null;
  const inputs: Record<string, InputBinding> = {
    x: { tensor: x },
    draws: { tensor: draws },
    ...(mean ? { means: { tensor: mean } } : {}),
  };
  const outputs = runProgram({
    label,
    variant: `${policyName(policy)}${variant}`,
    ints: { ...ints, size },
    outputs: { y: { shape: x.shape } },
    inputs,
    body: () => /* wgsl */ `
${drawn(policy)}
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  if (i32(index) >= dims.size) { return; }
  let place = i32(index) % (dims.height * dims.width);
  let picture = i32(index) / (dims.height * dims.width);
  let at = vec2(place / dims.width, place % dims.width);
  let to = i32(index) * dims.channels;
  let mean = ${mean ? 'means[picture]' : '0.0'};
  ${pixel}
}`,
    workgroups: grid.workgroups,
  });
  if (mean) disposeInfo(mean);
  return outputs;
}

/**
 * The augmented pictures.
 * @param offset with the brightness added; without, the linear part of the map alone
 */
export function augment(x: TensorInfo, draws: TensorInfo, policy: DiffAugmentPolicy, offset: boolean): TensorInfo[] {
  return perPixel({
    label: 'diffAugment.forward',
    variant: offset ? 'o' : '',
    x,
    draws,
    policy,
    masked: false,
    pixel: /* wgsl */ `
  if (!visible(picture, at)) {
    for (var c = 0; c < dims.channels; c++) { y[to + c] = 0.0; }
    return;
  }
  let source = at + shiftOf(picture);
  let start = ((picture * dims.height + source.x) * dims.width + source.y) * dims.channels;
  var grey = 0.0;
  for (var c = 0; c < dims.channels; c++) { grey += x[start + c]; }
  grey /= f32(dims.channels);
  let s = saturation(picture);
  let k = contrast(picture);
  let uniformPart = (1.0 - s) * k * grey + (1.0 - k) * mean + ${offset ? 'brightness(picture)' : '0.0'};
  for (var c = 0; c < dims.channels; c++) { y[to + c] = k * s * x[start + c] + uniformPart; }`,
  });
}

/** The adjoint of the linear part: the gradient by the pictures. */
export function augmentAdjoint(dy: TensorInfo, draws: TensorInfo, policy: DiffAugmentPolicy): TensorInfo[] {
  return perPixel({
    label: 'diffAugment.adjoint',
    variant: '',
    x: dy,
    draws,
    policy,
    masked: true,
    pixel: /* wgsl */ `
  let s = saturation(picture);
  let k = contrast(picture);
  let everywhere = (1.0 - k) * mean;
  let seen = at - shiftOf(picture);
  if (!visible(picture, seen)) {
    for (var c = 0; c < dims.channels; c++) { y[to + c] = everywhere; }
    return;
  }
  let start = ((picture * dims.height + seen.x) * dims.width + seen.y) * dims.channels;
  var grey = 0.0;
  for (var c = 0; c < dims.channels; c++) { grey += x[start + c]; }
  grey /= f32(dims.channels);
  for (var c = 0; c < dims.channels; c++) { y[to + c] = k * (s * x[start + c] + (1.0 - s) * grey) + everywhere; }`,
  });
}
