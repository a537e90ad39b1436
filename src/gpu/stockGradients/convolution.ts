/**
 * Convolutions: dilated ones at first order (as convolutions with a filter that has zeros in its gaps), weight
 * gradients and depthwise ones at second.
 */
import {
  concat,
  conv2d,
  depthwiseConv2d,
  fill,
  pad as padTensor,
  reshape,
  slice,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { overrideGradient } from '../kernel/op';
import { runKernel, type Gradient, type Pad } from './register';

interface ConvAttrs {
  strides: number | [number, number];
  pad: Pad;
  dataFormat: 'NHWC';
  dilations?: number | [number, number] | null;
  dimRoundingMode?: 'floor';
}

const pair = (value: number | [number, number] | null | undefined): [number, number] =>
  Array.isArray(value) ? value : [value ?? 1, value ?? 1];

/** x: [n, rest] to [(n - 1) gap + 1, rest], zeros between. */
function spread(x: Tensor, gap: number): Tensor {
  const [n = 1, rest = 1] = x.shape;
  if (gap === 1) return x;
  const blocks = concat([reshape(x, [n, 1, rest]), fill([n, gap - 1, rest], 0)], 1);
  return slice(reshape(blocks, [n * gap, rest]), [0, 0], [(n - 1) * gap + 1, rest]);
}

/** The transpose of `spread`: every gap-th row. */
function thinned(x: Tensor, gap: number): Tensor {
  const [length = 1, rest = 1] = x.shape;
  if (gap === 1) return x;
  const n = (length - 1) / gap + 1;
  const blocks = reshape(
    padTensor(x, [
      [0, gap - 1],
      [0, 0],
    ]),
    [n, gap, rest],
  );
  return reshape(slice(blocks, [0, 0, 0], [n, 1, rest]), [n, rest]);
}

/** Applies `along` to the rows of a filter [h, w, a, b] and then, within each row, to the columns. */
function overSides(filter: Tensor4D, gaps: [number, number], along: (x: Tensor, gap: number) => Tensor): Tensor4D {
  const [height, width, a, b] = filter.shape;
  const rows = along(reshape(filter, [height, width * a * b]), gaps[0]);
  const newHeight = rows.shape[0] ?? 1;
  const lines = Array.from({ length: newHeight }, (_, i) =>
    along(reshape(slice(rows, [i, 0], [1, width * a * b]), [width, a * b]), gaps[1]),
  );
  const newWidth = lines[0]?.shape[0] ?? 1;
  return reshape(lines.length === 1 ? (lines[0] as Tensor) : concat(lines, 0), [newHeight, newWidth, a, b]);
}

const dilated = (filter: Tensor4D, gaps: [number, number]): Tensor4D =>
  gaps[0] * gaps[1] === 1 ? filter : overSides(filter, gaps, spread);
const undilated = (filter: Tensor4D, gaps: [number, number]): Tensor4D =>
  gaps[0] * gaps[1] === 1 ? filter : overSides(filter, gaps, thinned);

const dilatedShape = (
  [height, width, a, b]: Tensor4D['shape'],
  [down, across]: [number, number],
): [number, number, number, number] => [(height - 1) * down + 1, (width - 1) * across + 1, a, b];

/** Both gradients of a convolution from the kernels named; they know no dilation. */
function registerForward(name: string, byInput: string, byFilter: string): void {
  overrideGradient(name, {
    inputsToSave: ['x', 'filter'],
    gradFunc: (dy, saved, attrs): Gradient => {
      const [x, filter] = saved as [Tensor4D, Tensor4D];
      const { strides, pad, dataFormat, dilations, dimRoundingMode } = attrs as unknown as ConvAttrs;
      const gaps = pair(dilations);
      const shared = { strides, pad, dataFormat, dilations: [1, 1], dimRoundingMode };
      return {
        x: () =>
          runKernel(byInput, { dy: dy as Tensor, filter: dilated(filter, gaps) }, { ...shared, inputShape: x.shape }),
        filter: () =>
          undilated(
            runKernel(
              byFilter,
              { x, dy: dy as Tensor },
              { ...shared, filterShape: dilatedShape(filter.shape, gaps) },
            ) as Tensor4D,
            gaps,
          ),
      };
    },
  });
}

/** The filter's gradient is linear in x and in dy. */
function registerFilterGradient(
  name: string,
  byInput: string,
  forward: (x: Tensor4D, filter: Tensor4D, attrs: ConvAttrs) => Tensor,
): void {
  overrideGradient(name, {
    inputsToSave: ['x', 'dy'],
    gradFunc: (ddw, saved, attrs): Gradient => {
      const [x, dy] = saved as [Tensor4D, Tensor4D];
      const { strides, pad, dataFormat, dimRoundingMode } = attrs as unknown as ConvAttrs;
      const shared = { strides, pad, dataFormat, dilations: [1, 1], dimRoundingMode };
      return {
        x: () => runKernel(byInput, { dy, filter: ddw as Tensor }, { ...shared, inputShape: x.shape }),
        dy: () => forward(x, ddw as Tensor4D, attrs as unknown as ConvAttrs),
      };
    },
  });
}

function registerDepthwiseInputGradient(): void {
  overrideGradient('DepthwiseConv2dNativeBackpropInput', {
    inputsToSave: ['dy', 'filter'],
    gradFunc: (ddx, saved, attrs): Gradient => {
      const [dy, filter] = saved as [Tensor4D, Tensor4D];
      const { strides, pad, dimRoundingMode } = attrs as unknown as ConvAttrs;
      const shared = { strides, pad, dilations: [1, 1], dimRoundingMode };
      return {
        dy: () => depthwiseConv2d(ddx as Tensor4D, filter, strides, pad, 'NHWC', 1, dimRoundingMode),
        filter: () =>
          runKernel(
            'DepthwiseConv2dNativeBackpropFilter',
            { x: ddx as Tensor, dy },
            { ...shared, filterShape: filter.shape },
          ),
      };
    },
  });
}

export function registerConvolutions(): void {
  registerForward('Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter');
  registerForward('DepthwiseConv2dNative', 'DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter');
  registerFilterGradient(
    'Conv2DBackpropFilter',
    'Conv2DBackpropInput',
    (x, filter, { strides, pad, dataFormat, dimRoundingMode }) =>
      conv2d(x, filter, strides, pad, dataFormat, 1, dimRoundingMode),
  );
  registerFilterGradient(
    'DepthwiseConv2dNativeBackpropFilter',
    'DepthwiseConv2dNativeBackpropInput',
    (x, filter, { strides, pad, dimRoundingMode }) =>
      depthwiseConv2d(x, filter, strides, pad, 'NHWC', 1, dimRoundingMode),
  );
  registerDepthwiseInputGradient();
}
