/** Kernels that work element by element, with inputs that repeat over rows, pictures or pixels. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { linearGrid } from './dispatch';
import { runProgram } from './program';
import { repeatAt, repeatElement, type Repeat } from './programSource';

export interface Elementwise {
  label: string;
  /** Names what `helpers` and `result` depend on. */
  variant: string;
  shape: readonly number[];
  /** Tensors of that shape; in `result` each name is its element. */
  inputs: Readonly<Record<string, TensorInfo>>;
  /** A tensor of the last axis's size; in `result`, `bias` is its element, zero if null. */
  bias?: TensorInfo | null;
  /** Further tensors that repeat, as `Repeat` says. */
  repeated?: Readonly<Record<string, { tensor: TensorInfo; over: Repeat['over'] }>>;
  floats?: Readonly<Record<string, number>>;
  /** WGSL functions; T stands for the element type. */
  helpers?: (type: 'f32' | 'vec4<f32>') => string;
  /** WGSL expression. */
  result: string;
}

/** One dispatch. @returns the one output */
export function elementwise(spec: Elementwise): TensorInfo[] {
  const { label, variant, shape, inputs, bias, repeated = {}, floats, helpers, result } = spec;
  const size = shape.reduce((a, b) => a * b, 1);
  const columns = shape.at(-1) ?? 1;
  const picture = size / (shape[0] ?? 1);
  const given = { ...(bias ? { bias: { tensor: bias, over: 'rows' as const } } : {}), ...repeated };
  const repeats = Object.entries(given).map(([name, { over }]): Repeat => ({ name, over }));
  const vector = (repeats.length > 0 ? columns : size) % 4 === 0;
  const type = vector ? 'vec4<f32>' : 'f32';
  const lanes = vector ? 4 : 1;
  const grid = linearGrid(size / lanes);
  const names = Object.keys(inputs);
  return runProgram({
    label,
    variant: `${variant}${repeats.map(({ name, over }) => `${name}:${over}`).join()}`,
    ints: {
      size: size / lanes,
      columns: repeats.length > 0 ? columns / lanes : 1,
      ...(repeats.some(({ over }) => over === 'pictures') ? { picture: picture / lanes } : {}),
    },
    ...(floats ? { floats } : {}),
    outputs: { output: { shape, element: type } },
    inputs: {
      ...Object.fromEntries(
        names.map((name) => [`${name}Array`, { tensor: inputs[name] as TensorInfo, element: type } as const]),
      ),
      ...Object.fromEntries(
        Object.entries(given).map(([name, { tensor, over }]) => [
          `${name}Array`,
          { tensor, element: repeatElement({ name, over }, type) } as const,
        ]),
      ),
    },
    pointwise: { variant, names, repeats, columns, picture, helpers: helpers ?? (() => ''), result },
    body: () => /* wgsl */ `
${helpers?.(type) ?? ''}
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let i = i32(index);
  if (i >= dims.size) { return; }
  ${names.map((name) => `let ${name} = ${name}Array[i];`).join(' ')}
  ${repeats.map((repeat) => `let ${repeat.name} = ${repeatAt(repeat, type)};`).join(' ')}
  ${bias ? '' : `let bias = ${type}(0.0);`}
  output[i] = ${result};
}`,
    workgroups: grid.workgroups,
  });
}
