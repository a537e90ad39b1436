/**
 * Kernels that sum over the pixels of each picture, channel by channel. The body is written once, with `image`,
 * `column` (a channel, or four), `first` and `STEP` (this thread's pixels) and `pixelSum(T)`: on GPUs the 64 threads of
 * a column sum through workgroup memory, elsewhere one thread walks over all pixels and `pixelSum` is the identity.
 * `isFirst` holds for one thread a sum.
 */
import { linearGrid } from '../kernel/dispatch';
import { tuning } from '../tuning';

export interface ImageLayout {
  images: number;
  pixels: number;
  channels: number;
  /** Elements of a pixel. */
  across: number;
  type: 'f32' | 'vec4<f32>';
  lanes: number;
}

export interface ImageFrame {
  variant: string;
  workgroups: [number, number, number];
  module: (statements: string, helpers?: string) => string;
}

const side = 4;
const depth = 64;

export function imageLayout(shape: readonly number[]): ImageLayout {
  const [images = 1, height = 1, width = 1, channels = 1] = shape;
  const vector = channels % 4 === 0;
  const lanes = vector ? 4 : 1;
  return {
    images,
    pixels: height * width,
    channels,
    across: channels / lanes,
    type: vector ? 'vec4<f32>' : 'f32',
    lanes,
  };
}

function shared({ images, across, type }: ImageLayout): ImageFrame {
  return {
    variant: 'w',
    workgroups: [Math.ceil(across / side), images, 1],
    module: (statements, helpers = '') => /* wgsl */ `
const STEP = ${depth};
var<workgroup> partial: array<${type}, ${side * depth}>;
var<private> place: i32;
fn pixelSum(value: ${type}) -> ${type} {
  partial[place] = value;
  workgroupBarrier();
  for (var half = ${(side * depth) / 2}; half >= ${side}; half /= 2) {
    if (place < half) { partial[place] += partial[place + half]; }
    workgroupBarrier();
  }
  let total = partial[place % ${side}];
  workgroupBarrier();
  return total;
}
${helpers}
@compute @workgroup_size(${side * depth})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  place = i32(index);
  let wanted = i32(group.x) * ${side} + place % ${side};
  // Threads past the last column work on it again, so that all meet at the barriers.
  let column = min(wanted, dims.across - 1);
  let image = i32(group.y);
  let first = place / ${side};
  let isFirst = first == 0 && wanted == column;
  ${statements}
}`,
  };
}

function alone({ images, across }: ImageLayout): ImageFrame {
  const grid = linearGrid(images * across, 16);
  return {
    variant: 't',
    workgroups: grid.workgroups,
    module: (statements, helpers = '') =>
      /* wgsl */ `
const STEP = 1;
${helpers}
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  if (i32(index) >= dims.images * dims.across) { return; }
  let image = i32(index) / dims.across;
  let column = i32(index) % dims.across;
  let first = 0;
  let isFirst = true;
  ${statements}
}`.replaceAll(/\bpixelSum\b/g, ''),
  };
}

export function imageFrame(layout: ImageLayout): ImageFrame {
  return tuning().workgroupMemory ? shared(layout) : alone(layout);
}

/**
 * Threads that each take some pixels of one picture and column, so that what is common to a picture is worked out a few
 * times only.
 */
export function pieces({ images, pixels, across }: ImageLayout): { pieces: number; chunk: number } {
  const wanted = tuning().workgroupMemory ? 2 ** 17 : 64;
  const chunk = Math.max(
    Math.min(16, pixels),
    Math.ceil((pixels * images * across) / Math.max(wanted, images * across)),
  );
  return { pieces: Math.ceil(pixels / chunk), chunk };
}
