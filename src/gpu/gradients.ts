/**
 * Gradients that the tensor library lacks. Each is the exact adjoint, written in operations that are differentiable themselves, so
 * that R1 and other second-order terms work through leakyRelu, where, clip, max, pooling, resizing and convolution's weight gradient.
 * The registry is global: `registerMissingGradients` is called once when an engine is created and may be called again.
 */
import { avgPool, conv2d, depthwiseConv2d, engine as tfEngine, image, reshape, transpose, zerosLike, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { overrideGradient } from './op';

type Gradient = { [input: string]: () => Tensor };
type Pad = 'same' | 'valid' | number;

function runKernel(name: string, inputs: Record<string, Tensor>, attrs: object): Tensor {
  return tfEngine().runKernel(name, inputs, attrs as Parameters<ReturnType<typeof tfEngine>['runKernel']>[2]) as Tensor;
}

/** Piecewise constant in every input: the derivative is zero wherever it exists. */
function registerPiecewiseConstant(name: string, inputs: string[]): void {
  overrideGradient(name, {
    inputsToSave: inputs,
    gradFunc: (_dy, saved): Gradient => {
      const gradient: Gradient = {};
      inputs.forEach((input, i) => {
        gradient[input] = () => zerosLike(saved[i] as Tensor);
      });
      return gradient;
    },
  });
}

/** A linear map's adjoint is linear in dy; its own adjoint is the map itself. The second input only gives the shape. */
function registerAdjoint(name: string, dyName: string, shapeName: string, forward: (ddx: Tensor4D, dy: Tensor4D, attrs: Record<string, unknown>) => Tensor): void {
  overrideGradient(name, {
    inputsToSave: [shapeName, dyName],
    gradFunc: (ddx, saved, attrs): Gradient => {
      const [shapeOnly, dy] = saved as [Tensor, Tensor4D];
      return {
        [dyName]: () => forward(ddx as Tensor4D, dy, attrs as Record<string, unknown>),
        [shapeName]: () => zerosLike(shapeOnly),
      };
    },
  });
}

/** Spatial size of dy, which is the output size of the map it belongs to. */
function spatial(dy: Tensor4D): [number, number] {
  return [dy.shape[1], dy.shape[2]];
}

function registerConvolutions(): void {
  overrideGradient('Conv2DBackpropFilter', {
    inputsToSave: ['x', 'dy'],
    gradFunc: (ddw, saved, attrs): Gradient => {
      const [x, dy] = saved as [Tensor4D, Tensor4D];
      const { strides, pad, dataFormat, dimRoundingMode } = attrs as { strides: [number, number]; pad: Pad; dataFormat: 'NHWC'; dimRoundingMode?: 'floor' };
      return {
        x: () => runKernel('Conv2DBackpropInput', { dy, filter: ddw as Tensor }, { strides, pad, dataFormat, dimRoundingMode, inputShape: x.shape }),
        dy: () => conv2d(x, ddw as Tensor4D, strides, pad, dataFormat, 1, dimRoundingMode),
      };
    },
  });
  overrideGradient('DepthwiseConv2dNativeBackpropInput', {
    inputsToSave: ['dy', 'filter'],
    gradFunc: (ddx, saved, attrs): Gradient => {
      const [dy, filter] = saved as [Tensor4D, Tensor4D];
      const { strides, pad, dilations, dimRoundingMode } = attrs as { strides: [number, number]; pad: Pad; dilations: [number, number]; dimRoundingMode?: 'floor' };
      return {
        dy: () => depthwiseConv2d(ddx as Tensor4D, filter, strides, pad, 'NHWC', dilations, dimRoundingMode),
        filter: () =>
          runKernel('DepthwiseConv2dNativeBackpropFilter', { x: ddx as Tensor, dy }, { strides, pad, dilations, dimRoundingMode, filterShape: filter.shape }),
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

export function registerMissingGradients(): void {
  for (const name of ['Greater', 'GreaterEqual', 'Less', 'LessEqual', 'Equal', 'NotEqual', 'LogicalAnd', 'LogicalOr']) registerPiecewiseConstant(name, ['a', 'b']);
  registerPiecewiseConstant('LogicalNot', ['x']);
  registerAdjoint('AvgPoolGrad', 'dy', 'input', (ddx, _dy, attrs) => {
    const { filterSize, strides, pad } = attrs as { filterSize: [number, number]; strides: [number, number]; pad: Pad };
    return avgPool(ddx, filterSize, strides, pad);
  });
  registerAdjoint('ResizeNearestNeighborGrad', 'dy', 'images', (ddx, dy, attrs) => image.resizeNearestNeighbor(ddx, spatial(dy), attrs['alignCorners'] as boolean));
  registerAdjoint('ResizeBilinearGrad', 'dy', 'images', (ddx, dy, attrs) => image.resizeBilinear(ddx, spatial(dy), attrs['alignCorners'] as boolean));
  registerConvolutions();
  registerDepthToSpace();
}
