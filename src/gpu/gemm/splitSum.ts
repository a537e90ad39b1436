/**
 * Second half of a product whose k was split: sums the parts in a fixed order (so that results repeat to the bit) and
 * finishes them.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { disposeInfo, linearGrid } from '../kernel/dispatch';
import { runProgram } from '../kernel/program';
import { epilogue, type Epilogue } from './epilogue';

/**
 * Sums `parts` [Z, ...shape] over Z, applies the epilogue, and releases `parts`.
 * @returns the result; after it, if the epilogue keeps it, the value before the activation
 */
export function splitSum(parts: TensorInfo, count: number, shape: readonly number[], finish: Epilogue): TensorInfo[] {
  const size = shape.reduce((a, b) => a * b, 1);
  const columns = shape.at(-1) ?? 1;
  const vector = columns % 4 === 0;
  const type = vector ? 'vec4<f32>' : 'f32';
  const lanes = vector ? 4 : 1;
  const end = epilogue(finish, type);
  const grid = linearGrid(size / lanes);
  const outputs = runProgram({
    label: 'gemm.splitSum',
    variant: end.variant,
    ints: { size: size / lanes, count, columns: columns / lanes },
    floats: end.floats,
    outputs: { y: { shape, element: type }, ...(finish.keepInput ? { z: { shape, element: type } } : {}) },
    inputs: { parts: { tensor: parts, element: type }, ...end.inputs },
    body: () => /* wgsl */ `
${end.code}
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let i = i32(index);
  if (i >= dims.size) { return; }
  var value = ${type}(0.0);
  for (var part = 0; part < dims.count; part++) { value += parts[part * dims.size + i]; }
  ${finish.bias ? 'value += bias[i % dims.columns];' : ''}
  ${finish.keepInput ? 'z[i] = value;' : ''}
  y[i] = activate(value);
}`,
    workgroups: grid.workgroups,
  });
  disposeInfo(parts);
  return outputs;
}
