/**
 * Our kernels' common frame: a description of named bindings and numbers becomes the declarations of a WGSL module, and
 * one dispatch of it is recorded.
 *
 * In the body, bindings go by their names, and numbers by `dims.name`. Numbers are shapes and fixed settings (never
 * anything that changes from step to step); they sit in a uniform block, or in the code as constants, as
 * `tuning().bakeShapes` says. Everything else that shapes the code must be in `variant`.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { dispatch, type OutputSpec } from './dispatch';
import {
  moduleCode,
  packNumbers,
  type Element,
  type NamedBinding,
  type NamedNumber,
  type Pointwise,
  type ProgramSource,
  type WgslExtension,
} from './programSource';
import { tuning } from '../tuning';
import { piecesOf } from './workload';

export type { Element };

export interface InputBinding {
  tensor: TensorInfo;
  /** Default f32. */
  element?: Element;
}

export interface OutputBinding extends OutputSpec {
  /** Default f32. */
  element?: Element;
}

export interface ProgramSpec {
  /** Stable name, e.g. 'conv2d.forward'. */
  label: string;
  /** Names everything that the body depends on, apart from labels, bindings and numbers. */
  variant?: string;
  /** `dims.*` of type i32. */
  ints?: Readonly<Record<string, number>>;
  /** `dims.*` of type f32. */
  floats?: Readonly<Record<string, number>>;
  inPlace?: Readonly<Record<string, InputBinding>>;
  outputs?: Readonly<Record<string, OutputBinding>>;
  inputs?: Readonly<Record<string, InputBinding>>;
  /** WGSL extensions that the body needs. */
  enables?: readonly WgslExtension[];
  /**
   * Multiply-adds of the whole program, where it is heavy enough to matter to the length of submits. Its body must then
   * add `dims.originY` (provided here) to `workgroup_id.y`: a dispatch that would keep the GPU busy for too long is cut
   * into several along y.
   */
  operations?: number;
  /** Where it works element by element: how, so that a captured step may do it inside another kernel. */
  pointwise?: Pointwise;
  /** The module without declarations of bindings and numbers; entry point `main`. */
  body: () => string;
  workgroups: readonly [number, number?, number?];
}

/**
 * Records the program, as one dispatch or, where it is too long for one, as several that write parts of the same
 * outputs.
 * @returns the outputs in the order given
 */
export function runProgram(spec: ProgramSpec): TensorInfo[] {
  const { operations, workgroups } = spec;
  if (operations === undefined) return runPiece(spec, tuning().bakeShapes);
  const [x, y = 1, z = 1] = workgroups;
  const pieces = piecesOf(operations, y);
  // Shapes are not baked where they differ from piece to piece: one pipeline serves all.
  const baked = pieces.length === 1 && tuning().bakeShapes;
  const made: TensorInfo[] = [];
  for (const { start, length } of pieces) {
    const { outputs = {}, inPlace = {}, ints = {} } = spec;
    const first = made.length === 0;
    const again = Object.fromEntries(
      Object.entries(outputs).map(([name, { element }], i) => [
        name,
        { tensor: made[i] as TensorInfo, ...(element ? { element } : {}) },
      ]),
    );
    const piece = runPiece(
      {
        ...spec,
        ints: { ...ints, originY: start },
        operations: (operations * length) / y,
        ...(first ? {} : { outputs: {}, inPlace: { ...inPlace, ...again } }),
        workgroups: [x, length, z],
      },
      baked,
    );
    if (first) made.push(...piece);
  }
  return made;
}

function sourceOf(spec: ProgramSpec, baked: boolean): ProgramSource {
  const {
    label,
    variant = '',
    ints = {},
    floats = {},
    inPlace = {},
    outputs = {},
    inputs = {},
    enables = [],
    body,
    pointwise,
  } = spec;
  const numbers: NamedNumber[] = [
    ...Object.entries(ints).map(([name, value]) => ({ name, value, type: 'i32' as const })),
    ...Object.entries(floats).map(([name, value]) => ({ name, value, type: 'f32' as const })),
  ];
  const written = [...Object.entries(inPlace), ...Object.entries(outputs)].map(
    ([name, { element = 'f32' }]): NamedBinding => ({ name, element, access: 'read_write' }),
  );
  const read = Object.entries(inputs).map(([name, { element = 'f32' }]): NamedBinding => ({
    name,
    element,
    access: 'read',
  }));
  const bindings = [...written, ...read];
  const key = [
    variant,
    bindings.map(({ name, element }) => `${name}:${element}`).join(),
    baked ? numbers.map(({ value }) => value).join() : 'u',
  ].join('|');
  return { label, key, enables, bindings, numbers, baked, body, ...(pointwise ? { pointwise } : {}) };
}

function runPiece(spec: ProgramSpec, baked: boolean): TensorInfo[] {
  const { label, inPlace = {}, outputs = {}, inputs = {}, workgroups, operations } = spec;
  const source = sourceOf(spec, baked);
  const constants = packNumbers(source);
  return dispatch({
    label,
    key: source.key,
    code: () => moduleCode(source),
    source,
    inPlace: Object.values(inPlace).map(({ tensor }) => tensor),
    outputs: Object.values(outputs),
    inputs: Object.values(inputs).map(({ tensor }) => tensor),
    ...(constants ? { constants } : {}),
    workgroups,
    ...(operations === undefined ? {} : { operations }),
  });
}
