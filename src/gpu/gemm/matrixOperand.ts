/**
 * The ends of a matrix product in WGSL: how four values of a row-major matrix are read, whichever way it lies, and how
 * four results are written. Reading comes in two halves, so that what does not change with k is worked out before the
 * loop: compilers for CPUs do not do that by themselves.
 */
import type { Element } from '../kernel/program';

export interface MatrixOperand {
  /** Which index runs over the four values of a read. */
  along: 'k' | 'outer';
  element: Element;
  /**
   * `fn NAMEBase(outer: i32) -> i32` and `fn NAMEAt(base: i32, k: i32) -> vec4<f32>`; zero where k >= dims.K, any value
   * where outer is out of range. Along k, k is a multiple of 4; along the outer index, outer is.
   */
  code: (name: string) => string;
  /** Names what `code` depends on. */
  variant: string;
}

/**
 * @param binding name of the binding
 * @param outer WGSL expression for the outer size (dims.M or dims.N)
 * @param start WGSL expression for the index of the batch's first element
 * @param contiguous which index is contiguous in memory
 * @param sizes outer and k of the matrix, to see what alignment allows
 * @param depth k's that a turn of the loop takes: whether the last turn may run over
 * @param half the matrix is stored as float16, two to a word; its contiguous size must be a multiple of 4
 */
export function matrixOperand(
  binding: string,
  outer: string,
  start: string,
  contiguous: 'k' | 'outer',
  sizes: { outer: number; k: number },
  depth: number,
  half = false,
): MatrixOperand {
  const vector = (contiguous === 'k' ? sizes.k : sizes.outer) % 4 === 0;
  if (half && !vector) throw new RangeError('a float16 matrix needs rows of a multiple of 4');
  const load = (at: string): string =>
    half
      ? `let w = ${binding}[${at}]; return vec4<f32>(unpack2x16float(w.x), unpack2x16float(w.y));`
      : `return ${binding}[${at}];`;
  const padded = sizes.k % depth !== 0;
  const guard = padded ? 'if (k >= dims.K) { return vec4<f32>(0.0); }' : '';
  const four = (value: (i: number) => string): string => `vec4(${[0, 1, 2, 3].map(value).join(', ')})`;
  const halves = (): [base: string, at: string] => {
    if (contiguous === 'k') {
      const row = `${start} + min(outer, ${outer} - 1) * dims.K`;
      if (vector) return [`(${row}) >> 2u`, `${guard} ${load('base + (k >> 2u)')}`];
      return [
        row,
        `return ${four((i) => `select(0.0, ${binding}[base + min(k + ${i}, dims.K - 1)], k + ${i} < dims.K)`)};`,
      ];
    }
    if (vector)
      return [`(${start} + min(outer, ${outer} - 4)) >> 2u`, `${guard} ${load(`base + k * (${outer} >> 2u)`)}`];
    // `base` is the column; four separate clamps keep reads inside the row.
    return [
      'outer',
      `${guard} let row = ${start} + k * ${outer}; let last = ${outer} - 1; return ${four((i) => `${binding}[row + min(base + ${i}, last)]`)};`,
    ];
  };
  return {
    along: contiguous,
    element: half ? 'vec2<u32>' : vector ? 'vec4<f32>' : 'f32',
    code: (name) => {
      const [base, at] = halves();
      return `fn ${name}Base(outer: i32) -> i32 { return ${base}; }\nfn ${name}At(base: i32, k: i32) -> vec4<f32> { ${at} }`;
    },
    variant: `${contiguous}${half ? 'h' : vector ? 'v' : 's'}${padded ? 'p' : ''}`,
  };
}

/** Statements that write `value` to `binding` at rows of `dims.N`; `index` is the element index of (m, n). */
export function storeRow(
  binding: string,
  index: string,
  n: number,
): { element: Element; code: string; variant: string } {
  if (n % 4 === 0) return { element: 'vec4<f32>', code: `${binding}[(${index}) >> 2u] = value;`, variant: 'v' };
  return {
    element: 'f32',
    code: `let at = ${index}; for (var i = 0; i < 4; i++) { if (n + i < dims.N) { ${binding}[at + i] = value[i]; } }`,
    variant: 's',
  };
}
