/** Pooling, resizing and depth to space. */
import {
  avgPool,
  backend_util,
  div,
  image,
  mul,
  reshape,
  tensor4d,
  transpose,
  zerosLike,
  type Tensor,
  type Tensor4D,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { linearGrid } from '../kernel/dispatch';
import { defineOp, overrideGradient } from '../kernel/op';
import { runProgram } from '../kernel/program';
import { registerAdjoint, runKernel, type Gradient, type Pad } from './register';

interface PoolAttrs {
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: Pad;
  dimRoundingMode?: 'floor';
}

/** Spatial size of dy, which is the output size of the map it belongs to. */
const spatial = (dy: Tensor): [number, number] => [dy.shape[1] ?? 1, dy.shape[2] ?? 1];

/** For each window of x its maximum's place (the last one, as in the stock gradient), and there the value of d. */
function picked(d: TensorInfo, x: TensorInfo, { filterSize, strides, pad, dimRoundingMode }: PoolAttrs): TensorInfo[] {
  const info = backend_util.computePool2DInfo(
    x.shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const size = info.outShape.reduce((a, b) => a * b, 1);
  const grid = linearGrid(size);
  return runProgram({
    label: 'maxPool.picked',
    ints: {
      size,
      channels: info.inChannels,
      height: info.inHeight,
      width: info.inWidth,
      outHeight: info.outHeight,
      outWidth: info.outWidth,
      strideY: info.strideHeight,
      strideX: info.strideWidth,
      filterY: info.effectiveFilterHeight,
      filterX: info.effectiveFilterWidth,
      top: info.padInfo.top,
      left: info.padInfo.left,
    },
    outputs: { y: { shape: info.outShape } },
    inputs: { d: { tensor: d }, x: { tensor: x } },
    body: () => /* wgsl */ `
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let i = i32(index);
  if (i >= dims.size) { return; }
  let channel = i % dims.channels;
  let place = i / dims.channels;
  let picture = place / (dims.outWidth * dims.outHeight);
  let top = place / dims.outWidth % dims.outHeight * dims.strideY - dims.top;
  let left = place % dims.outWidth * dims.strideX - dims.left;
  var at = -1;
  var most = 0.0;
  for (var row = max(top, 0); row < min(top + dims.filterY, dims.height); row++) {
    for (var column = max(left, 0); column < min(left + dims.filterX, dims.width); column++) {
      let here = ((picture * dims.height + row) * dims.width + column) * dims.channels + channel;
      if (at < 0 || x[here] >= most) { at = here; most = x[here]; }
    }
  }
  y[i] = select(0.0, d[max(at, 0)], at >= 0);
}`,
    workgroups: grid.workgroups,
  });
}

const pickedOp = defineOp<'d' | 'x', PoolAttrs & { output: Tensor }>({
  name: 'StudioMaxPoolPicked',
  forward: ({ d, x }, attrs) => picked(d, x, attrs),
  saveInputs: ['x'],
  backward: (dd, [x], { output, ...attrs }) => ({
    d: () => runKernel('MaxPoolGrad', { dy: dd, input: x as Tensor, output }, attrs),
    x: () => zerosLike(x as Tensor),
  }),
});

/** Linear in dy; the places of the maxima do not move. */
function registerMaxPool(): void {
  overrideGradient('MaxPoolGrad', {
    inputsToSave: ['input', 'output'],
    gradFunc: (ddx, saved, attrs): Gradient => {
      const [input, output] = saved as [Tensor4D, Tensor4D];
      return {
        dy: () => pickedOp({ d: ddx as Tensor, x: input }, { ...(attrs as unknown as PoolAttrs), output }),
        input: () => zerosLike(input),
        output: () => zerosLike(output),
      };
    },
  });
}

function registerDepthToSpace(): void {
  overrideGradient('DepthToSpace', {
    gradFunc: (dy, _saved, attrs): Gradient => {
      const { blockSize: b } = attrs as unknown as { blockSize: number };
      return {
        x: () => {
          const [n, h, w, c] = (dy as Tensor4D).shape;
          const blocks = reshape(dy as Tensor, [n, h / b, b, w / b, b, c]); // [N, H/b, b, W/b, b, C]
          return reshape(transpose(blocks, [0, 1, 3, 2, 4, 5]), [n, h / b, w / b, b * b * c]);
        },
      };
    },
  });
}

/**
 * Window size over the number of pixels that are really in the window, as [1, H', W', 1]; null if no window reaches
 * into the padding. The stock pooling divides by the latter, the stock gradient kernel by the former.
 */
function windowShare(shape: number[], { filterSize, strides, pad, dimRoundingMode }: PoolAttrs): Tensor4D | null {
  const info = backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const inside = (out: number, stride: number, before: number, size: number, length: number): number[] =>
    Array.from(
      { length: out },
      (_, i) => Math.min(i * stride - before + size, length) - Math.max(i * stride - before, 0),
    );
  const rows = inside(info.outHeight, info.strideHeight, info.padInfo.top, info.filterHeight, info.inHeight);
  const columns = inside(info.outWidth, info.strideWidth, info.padInfo.left, info.filterWidth, info.inWidth);
  const area = info.filterHeight * info.filterWidth;
  const shares = rows.flatMap((height) => columns.map((width) => area / (height * width)));
  return shares.every((share) => share === 1) ? null : tensor4d(shares, [1, rows.length, columns.length, 1]);
}

function registerAvgPool(): void {
  overrideGradient('AvgPool', {
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attrs): Gradient => {
      const [x] = saved as [Tensor4D];
      const pool = attrs as unknown as PoolAttrs;
      const share = windowShare(x.shape, pool);
      return {
        x: () => runKernel('AvgPoolGrad', { dy: share ? mul(dy as Tensor, share) : (dy as Tensor), input: x }, pool),
      };
    },
  });
  registerAdjoint('AvgPoolGrad', 'dy', 'input', (ddx, _dy, attrs) => {
    const pool = attrs as unknown as PoolAttrs;
    const share = windowShare(ddx.shape, pool);
    const means = avgPool(ddx as Tensor4D, pool.filterSize, pool.strides, pool.pad, pool.dimRoundingMode);
    return share ? div(means, share) : means;
  });
}

export function registerResampling(): void {
  registerAvgPool();
  registerAdjoint('ResizeNearestNeighborGrad', 'dy', 'images', (ddx, dy, attrs) =>
    image.resizeNearestNeighbor(ddx as Tensor4D, spatial(dy), attrs['alignCorners'] as boolean),
  );
  registerAdjoint('ResizeBilinearGrad', 'dy', 'images', (ddx, dy, attrs) =>
    image.resizeBilinear(ddx as Tensor4D, spatial(dy), attrs['alignCorners'] as boolean),
  );
  registerMaxPool();
  registerDepthToSpace();
}
