/**
 * A factor for each channel of each picture, and the sum that is its derivative: `scaleChannels(x, s) = s_bc x_bhwc`
 * and `pictureDot(x, y) = sum over pixels of x y`. Each is the other's derivative, so both are differentiable to any
 * order by these two kernels alone. StyleGAN2 modulates with them: styles before a convolution, demodulation after it.
 */
import { noEpilogue } from '../gemm/epilogue';
import { splitSum } from '../gemm/splitSum';
import { linearGrid } from '../kernel/dispatch';
import { elementwise } from '../kernel/elementwise';
import { defineOp } from '../kernel/op';
import { runProgram } from '../kernel/program';
import type { Tensor, Tensor2D, Tensor4D, TensorInfo } from '../tensor';
import { tuning } from '../tuning';

/** Pixels that one thread sums before splitting pays. */
const pixelsAThread = { gpu: 64, cpu: 2048 };

function scale(x: TensorInfo, s: TensorInfo): TensorInfo[] {
  return elementwise({
    label: 'scaleChannels',
    variant: '',
    shape: x.shape,
    inputs: { x },
    repeated: { s: { tensor: s, over: 'pictures' } },
    result: 'x * s',
  });
}

/** Parts of the pixels are summed in a fixed order, then the parts. */
function dot(x: TensorInfo, y: TensorInfo): TensorInfo[] {
  const [batch = 1, height = 1, width = 1, channels = 1] = x.shape;
  const pixels = height * width;
  const vector = channels % 4 === 0;
  const type = vector ? 'vec4<f32>' : 'f32';
  const across = vector ? channels / 4 : channels;
  const { workgroupMemory, wantedWorkgroups } = tuning();
  const least = workgroupMemory ? pixelsAThread.gpu : pixelsAThread.cpu;
  const wanted = Math.ceil((wantedWorkgroups * 64) / (batch * across));
  const chunk = Math.max(least, Math.ceil(pixels / wanted));
  const parts = Math.ceil(pixels / chunk);
  const threads = batch * across * parts;
  const grid = linearGrid(threads);
  const shape = [batch, channels];
  const made = runProgram({
    label: 'pictureDot',
    ints: { pixels, across, chunk, columns: batch * across, threads },
    outputs: { z: { shape: parts > 1 ? [parts, ...shape] : shape, element: type } },
    inputs: { x: { tensor: x, element: type }, y: { tensor: y, element: type } },
    body: () => /* wgsl */ `
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let i = i32(index);
  if (i >= dims.threads) { return; }
  let column = i % dims.columns;
  let picture = column / dims.across * dims.pixels;
  let first = i / dims.columns * dims.chunk;
  let end = min(dims.pixels, first + dims.chunk);
  var total = ${type}(0.0);
  for (var pixel = first; pixel < end; pixel++) {
    let at = (picture + pixel) * dims.across + column % dims.across;
    total += x[at] * y[at];
  }
  z[i] = total;
}`,
    workgroups: grid.workgroups,
  });
  const [first] = made;
  return parts > 1 && first ? splitSum(first, parts, shape, noEpilogue) : made;
}

const scaleOp = defineOp<'x' | 's'>({
  name: 'StudioScaleChannels',
  forward: ({ x, s }) => scale(x, s),
  saveInputs: ['x', 's'],
  backward: (dy, [x, s]) => ({
    x: (): Tensor => scaleOp({ x: dy, s }, {}),
    s: (): Tensor => dotOp({ x: dy, y: x }, {}),
  }),
});

const dotOp = defineOp<'x' | 'y'>({
  name: 'StudioPictureDot',
  forward: ({ x, y }) => dot(x, y),
  saveInputs: ['x', 'y'],
  backward: (dz, [x, y]) => ({
    x: (): Tensor => scaleOp({ x: y, s: dz }, {}),
    y: (): Tensor => scaleOp({ x, s: dz }, {}),
  }),
});

/**
 * @param x [B, H, W, C]
 * @param s [B, C]
 * @returns [B, H, W, C]
 * @throws RangeError if the shapes do not fit
 */
export function scaleChannels(x: Tensor4D, s: Tensor2D): Tensor4D {
  const [batch, , , channels] = x.shape;
  if (s.shape.join() !== `${batch},${channels}`)
    throw new RangeError(`scaleChannels: factors [${s.shape.join()}] for [${x.shape.join()}]`);
  return scaleOp({ x, s }, {}) as Tensor4D;
}

/**
 * @param x [B, H, W, C]
 * @param y of the same shape
 * @returns [B, C]
 * @throws RangeError if the shapes differ
 */
export function pictureDot(x: Tensor4D, y: Tensor4D): Tensor2D {
  if (x.shape.join() !== y.shape.join())
    throw new RangeError(`pictureDot: [${x.shape.join()}] and [${y.shape.join()}]`);
  return dotOp({ x, y }, {}) as Tensor2D;
}
