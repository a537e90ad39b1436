/** Kernels that work element by element, with at most one input that repeats over the last axis. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { linearGrid } from './dispatch';
import { runProgram } from './program';

export interface Elementwise {
  label: string;
  /** Names what `helpers` and `result` depend on. */
  variant: string;
  shape: readonly number[];
  /** Tensors of that shape; in `result` each name is its element. */
  inputs: Readonly<Record<string, TensorInfo>>;
  /** A tensor of the last axis's size; in `result`, `bias` is its element, zero if null. */
  bias?: TensorInfo | null;
  floats?: Readonly<Record<string, number>>;
  /** WGSL functions; T stands for the element type. */
  helpers?: (type: 'f32' | 'vec4<f32>') => string;
  /** WGSL expression. */
  result: string;
}

/** One dispatch. @returns the one output */
export function elementwise(spec: Elementwise): TensorInfo[] {
  const { label, variant, shape, inputs, bias, floats, helpers, result } = spec;
  const size = shape.reduce((a, b) => a * b, 1);
  const columns = shape.at(-1) ?? 1;
  const vector = (bias ? columns : size) % 4 === 0;
  const type = vector ? 'vec4<f32>' : 'f32';
  const lanes = vector ? 4 : 1;
  const grid = linearGrid(size / lanes);
  const names = Object.keys(inputs);
  return runProgram({
    label,
    variant: `${variant}${bias ? 'b' : ''}`,
    ints: { size: size / lanes, columns: bias ? columns / lanes : 1 },
    ...(floats ? { floats } : {}),
    outputs: { output: { shape, element: type } },
    inputs: {
      ...Object.fromEntries(
        names.map((name) => [`${name}Array`, { tensor: inputs[name] as TensorInfo, element: type } as const]),
      ),
      ...(bias ? { biasArray: { tensor: bias, element: type } } : {}),
    },
    pointwise: { variant, names, columns: bias ? columns : null, helpers: helpers ?? (() => ''), result },
    body: () => /* wgsl */ `
${helpers?.(type) ?? ''}
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let i = i32(index);
  if (i >= dims.size) { return; }
  ${names.map((name) => `let ${name} = ${name}Array[i];`).join(' ')}
  let bias = ${bias ? 'biasArray[i % dims.columns]' : `${type}(0.0)`};
  output[i] = ${result};
}`,
    workgroups: grid.workgroups,
  });
}
