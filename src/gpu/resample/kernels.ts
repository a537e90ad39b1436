/**
 * The two kernels of resampling by two, each one dispatch: a factor times every pixel in a 2 x 2 block, and a factor
 * times the sum of each block.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { linearGrid } from '../kernel/dispatch';
import { runProgram, type Element } from '../kernel/program';

function layout(channels: number): { element: Element; across: number } {
  return channels % 4 === 0 ? { element: 'vec4<f32>', across: channels / 4 } : { element: 'f32', across: channels };
}

/** [B, H, W, C] to [B, 2H, 2W, C]. */
export function repeat2x(x: TensorInfo, factor: number): TensorInfo[] {
  const [batch = 1, height = 1, width = 1, channels = 1] = x.shape;
  const { element, across } = layout(channels);
  const size = batch * height * width * across;
  const grid = linearGrid(size);
  const scatter = /* wgsl */ `
  let pixel = i / dims.across;
  let line = pixel / dims.width * 2 * dims.width;
  let at = (2 * (line + pixel % dims.width)) * dims.across + i % dims.across;
  let below = at + 2 * dims.width * dims.across;
  let repeated = dims.factor * value;
  output[at] = repeated;
  output[at + dims.across] = repeated;
  output[below] = repeated;
  output[below + dims.across] = repeated;`;
  return runProgram({
    label: 'resample.repeat2x',
    ints: { size, width, across },
    floats: { factor },
    outputs: { output: { shape: [batch, 2 * height, 2 * width, channels], element } },
    inputs: { x: { tensor: x, element } },
    pointwise: {
      variant: '',
      names: ['x'],
      repeats: [],
      columns: 1,
      picture: 1,
      helpers: () => '',
      result: '',
      scatter,
    },
    body: () => /* wgsl */ `
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let i = i32(index);
  if (i >= dims.size) { return; }
  let value = x[i];
  ${scatter}
}`,
    workgroups: grid.workgroups,
  });
}

/** [B, 2H, 2W, C] to [B, H, W, C]. */
export function blockSum2x(x: TensorInfo, factor: number): TensorInfo[] {
  const [batch = 1, height = 1, width = 1, channels = 1] = x.shape;
  const { element, across } = layout(channels);
  const size = (batch * height * width * across) / 4;
  const grid = linearGrid(size);
  return runProgram({
    label: 'resample.blockSum2x',
    ints: { size, width: width / 2, across },
    floats: { factor },
    outputs: { y: { shape: [batch, height / 2, width / 2, channels], element } },
    inputs: { x: { tensor: x, element } },
    body: () => /* wgsl */ `
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let i = i32(index);
  if (i >= dims.size) { return; }
  let pixel = i / dims.across;
  let line = pixel / dims.width * 2 * dims.width;
  let at = (2 * (line + pixel % dims.width)) * dims.across + i % dims.across;
  let below = at + 2 * dims.width * dims.across;
  y[i] = dims.factor * (x[at] + x[at + dims.across] + x[below] + x[below + dims.across]);
}`,
    workgroups: grid.workgroups,
  });
}
