/** Matrix products of row-major matrices, batched, either operand transposed in place, with an epilogue. One dispatch, two where k is split. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { runProgram, type ProgramSpec } from '../program';
import { tuning } from '../tuning';
import { acrossFor, directGemm, directTile } from './direct';
import { epilogue, noEpilogue, type Epilogue } from './epilogue';
import { matrixOperand, storeRow } from './matrixOperand';
import { splitFor } from './split';
import { splitSum } from './splitSum';
import { tiledGemm, tileOf } from './tiled';

export interface MatMulProblem {
  /** [M, K], [B, M, K], or with the last two swapped where transposed; batches 1 and B may meet. */
  a: TensorInfo;
  b: TensorInfo;
  transposeA: boolean;
  transposeB: boolean;
}

interface Sizes {
  batch: number;
  m: number;
  n: number;
  k: number;
  batchA: number;
  batchB: number;
}

function sizesOf({ a, b, transposeA, transposeB }: MatMulProblem): Sizes {
  const [rowsA = 1, columnsA = 1] = a.shape.slice(-2);
  const [rowsB = 1, columnsB = 1] = b.shape.slice(-2);
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [kB, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
  const batchA = a.shape.length === 3 ? (a.shape[0] ?? 1) : 1;
  const batchB = b.shape.length === 3 ? (b.shape[0] ?? 1) : 1;
  if (k !== kB || (batchA !== batchB && batchA !== 1 && batchB !== 1)) {
    throw new RangeError(`matMul: [${a.shape.join()}]${transposeA ? '^T' : ''} and [${b.shape.join()}]${transposeB ? '^T' : ''} do not fit`);
  }
  return { batch: Math.max(batchA, batchB), m, n, k, batchA, batchB };
}

/** Rows and columns a thread (tiled): large where there are tiles enough. */
export function tileShape(m: number, n: number, batch: number): { rows: 4 | 8; columns: 4 | 8 } {
  const columns = n > 64 ? 8 : 4;
  const tiles = Math.ceil(m / 128) * Math.ceil(n / (16 * columns)) * batch;
  return { rows: m > 64 && tiles * 2 >= tuning().wantedWorkgroups ? 8 : 4, columns };
}

/**
 * @returns [M, N], or [B, M, N] where an operand is 3-D; after it, if the epilogue keeps it, the value before the activation
 * @throws RangeError if the shapes do not fit
 */
export function runMatMul(problem: MatMulProblem, finish: Epilogue = noEpilogue): TensorInfo[] {
  const { a, b, transposeA, transposeB } = problem;
  const { batch, m, n, k, batchA, batchB } = sizesOf(problem);
  const shape = a.shape.length === 3 || b.shape.length === 3 ? [batch, m, n] : [m, n];
  const tiled = tuning().workgroupMemory;
  const tile = tileShape(m, n, batch);
  const rows = tiled ? tile.rows : m * n * k >= 2 ** 24 ? 8 : 4;
  const across = acrossFor(n);
  const { height, width } = tiled ? tileOf(rows, tile.columns) : directTile(rows, across);
  const groups = [Math.ceil(n / width), Math.ceil(m / height)] as const;
  const { parts, chunk } = splitFor(groups[0] * groups[1] * batch, k, batch * m * n * k);
  const operandA = matrixOperand('a', 'dims.M', 'batch * dims.strideA', transposeA ? 'outer' : 'k', { outer: m, k });
  const operandB = matrixOperand('b', 'dims.N', 'batch * dims.strideB', transposeB ? 'k' : 'outer', { outer: n, k });
  const split = parts > 1;
  const end = epilogue(split ? noEpilogue : finish, n % 4 === 0 ? 'vec4<f32>' : 'f32');
  const storing = storeRow('y', '(part * dims.M + m) * dims.N + n', n);
  const keep = !split && finish.keepInput;
  const keeping = storeRow('z', '(part * dims.M + m) * dims.N + n', n);
  const biased = !split && finish.bias ? (n % 4 === 0 ? 'value += bias[n / 4];' : 'for (var i = 0; i < 4; i++) { value[i] += bias[min(n + i, dims.N - 1)]; }') : '';
  const activated = n % 4 === 0 ? 'value = activate(value);' : 'for (var i = 0; i < 4; i++) { value[i] = activate(value[i]); }';
  const pieces = {
    a: operandA.along === 'k' ? ('k' as const) : ('m' as const),
    b: operandB.along === 'k' ? ('k' as const) : ('n' as const),
    loadA: operandA.code('loadA'),
    loadB: `${operandB.code('rowOfB')}\nfn loadB(k: i32, n: i32) -> vec4<f32> { return rowOfB(n, k); }`,
    store: `var<private> batch: i32; var<private> part: i32;\n${end.code}
fn store(m: i32, n: i32, sum: vec4<f32>) { var value = sum; ${biased} ${keep ? `{ ${keeping.code} }` : ''} ${activated} { ${storing.code} } }`,
    // `slice` must be uniform control flow in the compiler's eyes, which a private variable never is.
    setup: `part = i32(group.z); batch = part % dims.batch; let slice = i32(group.z) / dims.batch;`,
    first: split ? 'slice * dims.chunk' : '0',
    end: split ? 'min(dims.K, (slice + 1) * dims.chunk)' : 'dims.K',
  };
  const output = { shape: split ? [parts, ...shape] : shape, element: storing.element };
  const spec: ProgramSpec = {
    label: 'matMul',
    variant: [tiled ? `t${rows}x${tile.columns}` : `d${rows}x${across}`, operandA.variant, operandB.variant, storing.variant, end.variant, split ? 's' : ''].join('_'),
    ints: { M: m, N: n, K: k, batch, strideA: batchA > 1 ? m * k : 0, strideB: batchB > 1 ? k * n : 0, chunk },
    floats: end.floats,
    outputs: { y: output, ...(keep ? { z: output } : {}) },
    inputs: { a: { tensor: a, element: operandA.element }, b: { tensor: b, element: operandB.element }, ...end.inputs },
    body: () => (tiled ? tiledGemm({ rows: tile.rows, columns: tile.columns, ...pieces }) : directGemm({ rows, across, ...pieces })),
    workgroups: [...groups, batch * parts],
  };
  const made = runProgram(spec);
  const [first] = made;
  return split && first ? splitSum(first, parts, shape, finish) : made;
}
