/**
 * Depthwise convolution and its two gradients, one dispatch each, a thread a result. Four channels go together where
 * each has one result. The gradient by the filter sums a whole picture in one thread: right, but slow; frozen networks
 * never ask for it.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { linearGrid } from '../kernel/dispatch';
import { runProgram, type Element } from '../kernel/program';
import type { DepthwiseGeometry } from './geometry';

const shapes = {
  x: (g: DepthwiseGeometry): number[] => [g.batch, g.height, g.width, g.channels],
  y: (g: DepthwiseGeometry): number[] => [g.batch, g.outHeight, g.outWidth, g.channels * g.multiplier],
  w: (g: DepthwiseGeometry): number[] => [g.kernelHeight, g.kernelWidth, g.channels * g.multiplier],
};

type Role = keyof typeof shapes;

/** One dispatch that makes `result` from the other two; `body` declares `sum` for thread `i`. */
function run(
  label: string,
  result: Role,
  inputs: Partial<Record<Role, TensorInfo>>,
  g: DepthwiseGeometry,
  body: string,
): TensorInfo[] {
  const lanes = g.multiplier === 1 && g.channels % 4 === 0 ? 4 : 1;
  const element: Element = lanes === 4 ? 'vec4<f32>' : 'f32';
  const shape = shapes[result](g);
  const size = shape.reduce((a, b) => a * b, 1) / lanes;
  const grid = linearGrid(size);
  const { height, width, kernelHeight, kernelWidth, outHeight, outWidth, stride, padTop, padLeft, batch, multiplier } =
    g;
  const C = g.channels / lanes;
  return runProgram({
    label: `depthwiseConv2d.${label}`,
    ints: {
      size,
      B: batch,
      H: height,
      W: width,
      C,
      M: multiplier,
      O: C * multiplier,
      KH: kernelHeight,
      KW: kernelWidth,
      OH: outHeight,
      OW: outWidth,
      stride,
      padTop,
      padLeft,
    },
    outputs: { [result]: { shape, element } },
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, { tensor, element }])),
    body: () => /* wgsl */ `
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let i = i32(index);
  if (i >= dims.size) { return; }
  var sum = ${element}(0.0);
  ${body}
  ${result}[i] = sum;
}`,
    workgroups: grid.workgroups,
  });
}

export function depthwiseForward(x: TensorInfo, w: TensorInfo, g: DepthwiseGeometry): TensorInfo[] {
  const body = /* wgsl */ `
  let o = i % dims.O; let pixel = i / dims.O;
  let left = pixel % dims.OW * dims.stride - dims.padLeft;
  let top = pixel / dims.OW % dims.OH * dims.stride - dims.padTop;
  let picture = pixel / (dims.OW * dims.OH) * dims.H;
  for (var kh = max(0, -top); kh < min(dims.KH, dims.H - top); kh++) {
    for (var kw = max(0, -left); kw < min(dims.KW, dims.W - left); kw++) {
      sum += x[((picture + top + kh) * dims.W + left + kw) * dims.C + o / dims.M] * w[(kh * dims.KW + kw) * dims.O + o];
    }
  }`;
  return run('forward', 'y', { x, w }, g, body);
}

export function depthwiseGradientX(y: TensorInfo, w: TensorInfo, g: DepthwiseGeometry): TensorInfo[] {
  const body = /* wgsl */ `
  let c = i % dims.C; let pixel = i / dims.C;
  let right = pixel % dims.W + dims.padLeft;
  let bottom = pixel / dims.W % dims.H + dims.padTop;
  let picture = pixel / (dims.W * dims.H) * dims.OH;
  for (var kh = bottom % dims.stride; kh < dims.KH; kh += dims.stride) {
    let oh = (bottom - kh) / dims.stride;
    if ((kh > bottom) | (oh >= dims.OH)) { continue; }
    for (var kw = right % dims.stride; kw < dims.KW; kw += dims.stride) {
      let ow = (right - kw) / dims.stride;
      if ((kw > right) | (ow >= dims.OW)) { continue; }
      for (var m = 0; m < dims.M; m++) {
        sum += y[((picture + oh) * dims.OW + ow) * dims.O + c * dims.M + m] * w[(kh * dims.KW + kw) * dims.O + c * dims.M + m];
      }
    }
  }`;
  return run('gradientX', 'x', { y, w }, g, body);
}

export function depthwiseGradientFilter(x: TensorInfo, y: TensorInfo, g: DepthwiseGeometry): TensorInfo[] {
  const body = /* wgsl */ `
  let o = i % dims.O; let tap = i / dims.O;
  let left = tap % dims.KW - dims.padLeft;
  let top = tap / dims.KW - dims.padTop;
  for (var line = 0; line < dims.B * dims.OH; line++) {
    let ih = line % dims.OH * dims.stride + top;
    if ((ih < 0) | (ih >= dims.H)) { continue; }
    for (var ow = 0; ow < dims.OW; ow++) {
      let iw = ow * dims.stride + left;
      if ((iw < 0) | (iw >= dims.W)) { continue; }
      sum += x[((line / dims.OH * dims.H + ih) * dims.W + iw) * dims.C + o / dims.M] * y[(line * dims.OW + ow) * dims.O + o];
    }
  }`;
  return run('gradientFilter', 'w', { x, y }, g, body);
}
