/**
 * A program as data: its bindings, its numbers and the text between them. `program.ts` makes one for every kernel that
 * is described by names, and a captured step keeps it, so that kernels can be joined into one (`capture/fusion.ts`).
 */

/** Element type of a binding's array. A vec4 binding needs a size that is a multiple of 4. */
export type Element = 'f32' | 'vec4<f32>' | 'i32' | 'u32' | 'vec2<u32>';

/** WGSL extensions that our kernels enable. */
export type WgslExtension = 'f16' | 'subgroups' | 'chromium_experimental_subgroup_matrix';

export interface NamedBinding {
  name: string;
  element: Element;
  access: 'read' | 'read_write';
}

export interface NamedNumber {
  name: string;
  type: 'i32' | 'f32';
  value: number;
}

/**
 * An input smaller than the result, by its name in the expression, and what has one element or row of it for all:
 * 'rows': it is [C] of [..., C]. 'pictures': [B, C] of [B, ..., C]. 'pixels': [..., 1] of [..., C], an f32. 'all': one
 * f32.
 */
export interface Repeat {
  name: string;
  over: 'rows' | 'pictures' | 'pixels' | 'all';
}

/** Element type of a repeating input's binding, where that of the result is `type`. */
export function repeatElement({ over }: Repeat, type: 'f32' | 'vec4<f32>'): 'f32' | 'vec4<f32>' {
  return over === 'pixels' || over === 'all' ? 'f32' : type;
}

/** WGSL: a repeating input at element `i` of the result; `prefix` stands before names of bindings and numbers. */
export function repeatAt({ name, over }: Repeat, type: 'f32' | 'vec4<f32>', prefix = ''): string {
  const [array, columns] = [`${prefix}${name}Array`, `dims.${prefix}columns`];
  switch (over) {
    case 'rows':
      return `${array}[i % ${columns}]`;
    case 'pictures':
      return `${array}[i / dims.${prefix}picture * ${columns} + i % ${columns}]`;
    case 'pixels':
      return `${type}(${array}[i / ${columns}])`;
    case 'all':
      return `${type}(${array}[0])`;
  }
}

/**
 * Work that can be done wherever an element of its input is written: most often, element i of its one output from
 * elements i of its inputs.
 */
export interface Pointwise {
  /** Names what `helpers` and `result` depend on, with the kernel's label. */
  variant: string;
  /** Names of the inputs in `result`, in the order of the bindings; each binding is called NAMEArray. */
  names: readonly string[];
  /** Inputs that repeat, bound after the others. */
  repeats: readonly Repeat[];
  /** Elements along the last axis and of a picture (all axes but the first), where an input repeats. */
  columns: number;
  picture: number;
  helpers: (type: 'f32' | 'vec4<f32>') => string;
  result: string;
  /**
   * Instead of `output[i] = result`, for one input: statements that write all that depends on element i, `value`, in
   * the bindings' own element type, to `output`.
   */
  scatter?: string;
}

export interface ProgramSource {
  label: string;
  /** With the label, names the code. */
  key: string;
  enables: readonly WgslExtension[];
  /** In order; what is written comes first. */
  bindings: readonly NamedBinding[];
  numbers: readonly NamedNumber[];
  /** Numbers stand in the code as constants instead of in a uniform block. */
  baked: boolean;
  body: () => string;
  pointwise?: Pointwise;
}

function literal({ value, type }: NamedNumber): string {
  return type === 'i32' ? `${value}` : `f32(${value})`;
}

/** The whole module. */
export function moduleCode({ enables, bindings, numbers, baked, body }: ProgramSource): string {
  const lines = bindings.map(
    ({ name, element, access }, i) => `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${element}>;`,
  );
  if (numbers.length > 0) {
    lines.push(`struct Dims { ${numbers.map(({ name, type }) => `${name}: ${type}`).join(', ')} }`);
    lines.push(
      baked
        ? `const dims = Dims(${numbers.map(literal).join(', ')});`
        : `@group(0) @binding(${bindings.length}) var<uniform> dims: Dims;`,
    );
  }
  // Kernels with subgroup matrices lay work out by subgroups, which is uniform in each of them, but not in the
  // compiler's eyes.
  const directives = [
    ...enables.map((name) => `enable ${name};\n`),
    ...(enables.includes('chromium_experimental_subgroup_matrix')
      ? ['diagnostic(off, chromium.subgroup_matrix_uniformity);\n']
      : []),
  ];
  return `${directives.join('')}${lines.join('\n')}\n${body()}`;
}

/** The uniform block, where there is one. */
export function packNumbers({ numbers, baked }: Pick<ProgramSource, 'numbers' | 'baked'>): Uint8Array | null {
  if (baked || numbers.length === 0) return null;
  const view = new DataView(new ArrayBuffer(16 * Math.ceil(numbers.length / 4)));
  numbers.forEach(({ value, type }, i) =>
    type === 'i32' ? view.setInt32(4 * i, value, true) : view.setFloat32(4 * i, value, true),
  );
  return new Uint8Array(view.buffer);
}
