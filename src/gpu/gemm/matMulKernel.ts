/**
 * Matrix products of row-major matrices, batched, either operand transposed in place, with an epilogue. One dispatch,
 * two where k is split.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { runProgram, type Element } from '../kernel/program';
import { variantFor } from './chooseVariant';
import { directExtent, directGemm, directThreads, threadTile, type DirectGemm, type ThreadTile } from './direct';
import { epilogue, noEpilogue, type Epilogue } from './epilogue';
import { laneCount, lanesExtent, lanesGemm, type Lanes } from './lanes';
import { matrixOperand, storeRow } from './matrixOperand';
import type { ProductRequest } from './productRecords';
import { splitFor } from './split';
import { splitSum } from './splitSum';
import { subgroupGemm, subgroupTile } from './subgroup';
import { sharedDepth, sharedExtent, sharedGemm } from './shared';
import { enablesOf, type ProductVariant } from './variants';

export interface MatMulProblem {
  /** [M, K], [B, M, K], or with the last two swapped where transposed; batches 1 and B may meet. */
  a: TensorInfo;
  b: TensorInfo;
  transposeA: boolean;
  transposeB: boolean;
  /** b's data are float16, two to a word (`matmul/halfMatMul.ts`); its shape counts elements. */
  halfB?: boolean;
  /** Operands may be rounded to float16 if that is faster. */
  half?: boolean;
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
    throw new RangeError(
      `matMul: [${a.shape.join()}]${transposeA ? '^T' : ''} and [${b.shape.join()}]${transposeB ? '^T' : ''} do not fit`,
    );
  }
  return { batch: Math.max(batchA, batchB), m, n, k, batchA, batchB };
}

function extentOf(variant: ProductVariant, thread: ThreadTile): { height: number; width: number } {
  switch (variant.family) {
    case 'tiled':
    case 'matrix':
      return sharedExtent(variant);
    case 'direct':
      return directExtent(thread, directThreads);
    case 'lanes':
      return lanesExtent(laneCount() as Lanes);
    case 'subgroup':
      return { height: subgroupTile.rows, width: subgroupTile.columns };
  }
}

function requestFor(
  { a, b, transposeA, transposeB, halfB = false, half = false }: MatMulProblem,
  { batch, m, n, k, batchA, batchB }: Sizes,
  shape: number[],
): ProductRequest {
  const aligned = [m, n, k].map((size) => (size % 4 === 0 ? 'v' : 's')).join('');
  return {
    op: 'matMul',
    m,
    n,
    k,
    batch,
    layout: `${transposeA ? 't' : 'n'}${transposeB ? 't' : 'n'}${halfB ? 'h' : ''}${aligned}`,
    half,
    ...(halfB ? { measurable: false } : {}),
    shapes: [a.shape, b.shape, shape],
    run: (left, right) => runMatMul({ a: left, b: right, transposeA, transposeB, half })[0] as TensorInfo,
    terms: (index, add) => {
      const [j, i, z] = [index % n, Math.floor(index / n) % m, Math.floor(index / n / m)];
      const [startA, startB] = [batchA > 1 ? z * m * k : 0, batchB > 1 ? z * k * n : 0];
      for (let l = 0; l < k; l++)
        add(startA + (transposeA ? l * m + i : i * k + l), startB + (transposeB ? j * k + l : l * n + j));
    },
  };
}

/** `fn store(m, n, sum)`: bias, the value before the activation where it is kept, activation, result. */
function storeCode(
  n: number,
  at: string,
  end: { code: string },
  finish: Epilogue,
): { code: string; element: Element; variant: string } {
  const storing = storeRow('y', at, n);
  const keeping = finish.keepInput ? `{ ${storeRow('z', at, n).code} }` : '';
  const aligned = n % 4 === 0;
  const bias = aligned
    ? 'value += bias[n >> 2u];'
    : 'for (var i = 0; i < 4; i++) { value[i] += bias[min(n + i, dims.N - 1)]; }';
  const activated = aligned
    ? 'value = activate(value);'
    : 'for (var i = 0; i < 4; i++) { value[i] = activate(value[i]); }';
  const code = `var<private> part: i32;\n${end.code}
fn store(m: i32, n: i32, sum: vec4<f32>) { var value = sum; ${finish.bias ? bias : ''} ${keeping} ${activated} { ${storing.code} } }`;
  return { ...storing, code };
}

type Pieces = Omit<DirectGemm, 'rows' | 'columns' | 'across'>;

function bodyOf(variant: ProductVariant, thread: ThreadTile, pieces: Pieces): string {
  switch (variant.family) {
    case 'direct':
      return directGemm({ ...thread, ...pieces });
    case 'subgroup':
      return subgroupGemm(pieces);
    case 'lanes':
      return lanesGemm(pieces, laneCount() as Lanes);
    case 'tiled':
    case 'matrix': {
      const loadA = `${pieces.loads}\nfn loadA(m: i32, k: i32) -> vec4<f32> { return aAt(aBase(m), k); }`;
      return sharedGemm({
        variant,
        ...pieces,
        loadA,
        loadB: 'fn loadB(k: i32, n: i32) -> vec4<f32> { return bAt(bBase(n), k); }',
      });
    }
  }
}

/**
 * @returns [M, N], or [B, M, N] where an operand is 3-D; after it, if the epilogue keeps it, the value before the
 * activation
 * @throws RangeError if the shapes do not fit
 */
export function runMatMul(problem: MatMulProblem, finish: Epilogue = noEpilogue): TensorInfo[] {
  const { a, b, transposeA, transposeB, halfB = false } = problem;
  const sizes = sizesOf(problem);
  const { batch, m, n, k, batchA, batchB } = sizes;
  const shape = a.shape.length === 3 || b.shape.length === 3 ? [batch, m, n] : [m, n];
  const variant = variantFor(requestFor(problem, sizes, shape));
  const thread = threadTile(m, n, m * n * k);
  const { height, width } = extentOf(variant, thread);
  const groups = [Math.ceil(n / width), Math.ceil(m / height)] as const;
  const { parts, chunk } =
    variant.family === 'subgroup'
      ? { parts: 1, chunk: k }
      : splitFor(groups[0] * groups[1] * batch, k, batch * m * n * k);
  const depth = sharedDepth(variant) ?? 4;
  const [split, several] = [parts > 1, batch > 1];
  const stacked = split || several;
  const operandA = matrixOperand(
    'a',
    'dims.M',
    several ? 'batch * dims.strideA' : '0',
    transposeA ? 'outer' : 'k',
    { outer: m, k },
    depth,
  );
  const operandB = matrixOperand(
    'b',
    'dims.N',
    several ? 'batch * dims.strideB' : '0',
    transposeB ? 'k' : 'outer',
    { outer: n, k },
    depth,
    halfB,
  );
  const own = split ? noEpilogue : finish; // what this dispatch does itself, and not the one that adds the parts up
  const end = epilogue(own, n % 4 === 0 ? 'vec4<f32>' : 'f32');
  const store = storeCode(n, stacked ? '(part * dims.M + m) * dims.N + n' : 'm * dims.N + n', end, own);
  const pieces: Pieces = {
    a: operandA.along === 'k' ? 'k' : 'm',
    b: operandB.along === 'k' ? 'k' : 'n',
    loads: `var<private> batch: i32;\n${operandA.code('a')}\n${operandB.code('b')}`,
    store: store.code,
    // `slice` must be uniform control flow in the compiler's eyes, which a private variable never is.
    setup: stacked ? 'part = i32(group.z); batch = part % dims.batch; let slice = i32(group.z) / dims.batch;' : '',
    first: split ? 'slice * dims.chunk' : '0',
    end: split ? 'min(dims.K, (slice + 1) * dims.chunk)' : 'dims.K',
  };
  const output = { shape: split ? [parts, ...shape] : shape, element: store.element };
  const name = variant.family === 'direct' ? `d${thread.rows}x${thread.columns}x${thread.across}` : variant.name;
  const made = runProgram({
    label: 'matMul',
    variant: [
      name,
      operandA.variant,
      operandB.variant,
      store.variant,
      end.variant,
      `${split ? 's' : ''}${several ? 'b' : ''}`,
    ].join('_'),
    operations: batch * m * n * k,
    enables: enablesOf(variant),
    ints: { M: m, N: n, K: k, batch, strideA: batchA > 1 ? m * k : 0, strideB: batchB > 1 ? k * n : 0, chunk },
    floats: end.floats,
    outputs: { y: output, ...(own.keepInput ? { z: output } : {}) },
    inputs: { a: { tensor: a, element: operandA.element }, b: { tensor: b, element: operandB.element }, ...end.inputs },
    body: () => bodyOf(variant, thread, pieces),
    workgroups: [...groups, batch * parts],
  });
  const [first] = made;
  return split && first ? splitSum(first, parts, shape, finish) : made;
}
