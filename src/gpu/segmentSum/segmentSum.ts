/**
 * Sums of rows by segment, the gradient of `gather`, with a fixed order of additions. The stock kernel adds with float
 * atomics and gives other bits in every run; here each output element has one thread, which walks the rows in order.
 */
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import { currentBackend } from '../current';
import { dispatch, linearGrid } from '../kernel/dispatch';
import { overrideKernel } from '../kernel/op';

const segmentSumCode = (rows: number, columns: number, segments: number): string => {
  const grid = linearGrid(segments * columns);
  return /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> sums: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  if (index >= ${segments * columns}u) { return; }
  let segment = i32(index / ${columns}u);
  let column = index % ${columns}u;
  var sum = 0.0;
  for (var row = 0u; row < ${rows}u; row++) {
    if (ids[row] == segment) { sum += x[row * ${columns}u + column]; }
  }
  sums[index] = sum;
}`;
};

/** @param x [rows, ...] @param ids [rows] int32 @returns [segments, ...] */
function segmentSum(x: TensorInfo, ids: TensorInfo, segments: number): TensorInfo {
  const rows = util.sizeFromShape(ids.shape);
  const rest = x.shape.slice(ids.shape.length);
  const columns = util.sizeFromShape(rest);
  const [sums] = dispatch({
    label: 'segmentSum',
    key: `${rows} ${columns} ${segments}`,
    code: () => segmentSumCode(rows, columns, segments),
    outputs: [{ shape: [segments, ...rest] }],
    inputs: [x, ids],
    workgroups: linearGrid(segments * columns).workgroups,
  });
  return sums as TensorInfo;
}

/** Puts the deterministic kernel in place of the stock one for float32; may be called again. */
export function installSegmentSum(): void {
  overrideKernel('UnsortedSegmentSum', ({ inputs, attrs }) => {
    const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo };
    const { numSegments } = attrs as unknown as { numSegments: number };
    if (x.dtype !== 'float32' || currentBackend().tensorMap.get(x.dataId).dtype !== 'float32')
      throw new TypeError(`segment sums are for float32, not ${x.dtype}`);
    return segmentSum(x, segmentIds, numSegments);
  });
}
