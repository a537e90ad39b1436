/**
 * The gradient of `image.transform` by its pictures. The kernel is the transpose of the stock one: an input pixel walks
 * over the output in order and adds up what looked at it, so it is deterministic and right for every fill mode and
 * projection, but takes time quadratic in the number of pixels: fine for small pictures. Models that augment use
 * `ada/adaAugment`, whose adjoint walks over a few pixels only.
 */
import { image, type Tensor, type Tensor2D, type Tensor4D, type TensorInfo } from '@tensorflow/tfjs-core';
import { linearGrid } from '../kernel/dispatch';
import { defineOp, overrideGradient } from '../kernel/op';
import { runProgram } from '../kernel/program';
import type { Gradient } from './register';

type FillMode = 'constant' | 'reflect' | 'wrap' | 'nearest';

interface TransformAttrs {
  interpolation: 'nearest' | 'bilinear';
  fillMode: FillMode;
  /** Of the input, [height, width]. */
  inputSize: [number, number];
}

/**
 * WGSL `mapped(at, size)`: where a coordinate outside ends up. Follows the stock kernel, quirks included: a transpose
 * must.
 */
const mapped: Record<FillMode, string> = {
  constant: 'return at;',
  nearest: 'return clamp(at, 0.0, size - 1.0);',
  reflect: /* wgsl */ `
  var c = at;
  let period = 2.0 * size;
  if (c < 0.0) {
    if (size <= 1.0) { c = 0.0; } else {
      if (c < period) { c += period * f32(i32(-c / period)); }
      c = select(-c - 1.0, c + period, c < -size);
    }
  } else if (c > size - 1.0) {
    if (size <= 1.0) { c = 0.0; } else {
      c -= period * f32(i32(c / period));
      if (c >= size) { c = period - c - 1.0; }
    }
  }
  return clamp(c, 0.0, size - 1.0);`,
  wrap: /* wgsl */ `
  var c = at;
  if (c < 0.0) {
    c = select(c + size * (f32(i32(-c / (size - 1.0))) + 1.0), 0.0, size <= 1.0);
  } else if (c > size - 1.0) {
    c = select(c - size * f32(i32(c / (size - 1.0))), 0.0, size <= 1.0);
  }
  return clamp(c, 0.0, size - 1.0);`,
};

function transposed(
  dy: TensorInfo,
  transforms: TensorInfo,
  { interpolation, fillMode, inputSize }: TransformAttrs,
): TensorInfo[] {
  const [batch = 1, outHeight = 1, outWidth = 1, channels = 1] = dy.shape;
  const [height, width] = inputSize;
  const size = batch * height * width * channels;
  const grid = linearGrid(size);
  const weight = interpolation === 'nearest' ? 'select(0.0, 1.0, all(round(source) == here))' : 'near.x * near.y';
  return runProgram({
    label: 'transform.transposed',
    variant: `${interpolation}_${fillMode}`,
    ints: { size, channels, height, width, outHeight, outWidth, rows: transforms.shape[0] ?? 1 },
    outputs: { dx: { shape: [batch, height, width, channels] } },
    inputs: { dy: { tensor: dy }, transforms: { tensor: transforms } },
    body: () => /* wgsl */ `
fn mapped(at: f32, size: f32) -> f32 { ${mapped[fillMode]} }
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let i = i32(index);
  if (i >= dims.size) { return; }
  let channel = i % dims.channels;
  let place = i / dims.channels;
  let picture = place / (dims.width * dims.height);
  let here = vec2(f32(place % dims.width), f32(place / dims.width % dims.height));
  let t = min(picture, dims.rows - 1) * 8;
  var total = 0.0;
  for (var row = 0; row < dims.outHeight; row++) {
    for (var column = 0; column < dims.outWidth; column++) {
      let at = vec3(f32(column), f32(row), 1.0);
      let projection = transforms[t + 6] * at.x + transforms[t + 7] * at.y + 1.0;
      if (projection == 0.0) { continue; }
      let x = dot(vec3(transforms[t], transforms[t + 1], transforms[t + 2]), at) / projection;
      let y = dot(vec3(transforms[t + 3], transforms[t + 4], transforms[t + 5]), at) / projection;
      let source = vec2(mapped(x, f32(dims.width)), mapped(y, f32(dims.height)));
      let near = max(vec2(0.0), 1.0 - abs(source - here));
      total += ${weight} * dy[((picture * dims.outHeight + row) * dims.outWidth + column) * dims.channels + channel];
    }
  }
  dx[i] = total;
}`,
    workgroups: grid.workgroups,
  });
}

const transposedOp = defineOp<'dy' | 'transforms', TransformAttrs>({
  name: 'StudioTransformTransposed',
  forward: ({ dy, transforms }, attrs) => transposed(dy, transforms, attrs),
  saveInputs: ['dy', 'transforms'],
  backward: (ddx, [dy, transforms], { interpolation, fillMode }) => ({
    dy: () =>
      image.transform(ddx as Tensor4D, transforms as Tensor2D, interpolation, fillMode, 0, [
        dy?.shape[1] ?? 1,
        dy?.shape[2] ?? 1,
      ]),
  }),
});

/** Differentiable by the pictures only. */
export function registerTransform(): void {
  overrideGradient('Transform', {
    inputsToSave: ['image', 'transforms'],
    gradFunc: (dy, saved, attrs): Gradient => {
      const [pictures, transforms] = saved as [Tensor4D, Tensor2D];
      const { interpolation, fillMode } = attrs as unknown as TransformAttrs;
      return {
        image: () =>
          transposedOp(
            { dy: dy as Tensor, transforms },
            { interpolation, fillMode, inputSize: [pictures.shape[1], pictures.shape[2]] },
          ),
      };
    },
  });
}
