/** WGSL that loads four values of a row-major matrix, whichever way it lies, and that stores four results: the ends of a matrix product. */
import type { Element } from '../program';

export interface MatrixOperand {
  /** Which index runs over the four values. */
  along: 'k' | 'outer';
  element: Element;
  /** `fn NAME(outer: i32, k: i32) -> vec4<f32>`; zero where k >= dims.K, any value where outer is out of range. */
  code: (name: string) => string;
  /** Names what `code` depends on. */
  variant: string;
}

/**
 * @param binding name of the binding
 * @param outer WGSL expression for the outer size (dims.M or dims.N)
 * @param base WGSL expression for the index of the batch's first element
 * @param contiguous which index is contiguous in memory
 * @param sizes outer and k of the matrix, to see what alignment allows
 */
export function matrixOperand(binding: string, outer: string, base: string, contiguous: 'k' | 'outer', sizes: { outer: number; k: number }): MatrixOperand {
  const vector = (contiguous === 'k' ? sizes.k : sizes.outer) % 4 === 0;
  const padded = sizes.k % 16 !== 0;
  const guard = padded ? 'if (k >= dims.K) { return vec4<f32>(0.0); }' : '';
  const code = (): string => {
    if (contiguous === 'k') {
      const row = `let row = ${base} + min(outer, ${outer} - 1) * dims.K;`;
      if (vector) return `${guard} ${row} return ${binding}[(row + k) / 4];`;
      return `${row} var v = vec4<f32>(0.0); for (var i = 0; i < 4; i++) { if (k + i < dims.K) { v[i] = ${binding}[row + k + i]; } } return v;`;
    }
    const row = `let row = ${base} + k * ${outer};`;
    if (vector) return `${guard} ${row} return ${binding}[(row + min(outer, ${outer} - 4)) / 4];`;
    return `${guard} ${row} let last = ${outer} - 1; return vec4(${[0, 1, 2, 3].map((i) => `${binding}[row + min(outer + ${i}, last)]`).join(', ')});`;
  };
  return {
    along: contiguous,
    element: vector ? 'vec4<f32>' : 'f32',
    code: (name) => `fn ${name}(outer: i32, k: i32) -> vec4<f32> { ${code()} }`,
    variant: `${contiguous}${vector ? 'v' : 's'}${padded ? 'p' : ''}`,
  };
}

/** Statements that write `value` to `binding` at rows of `dims.N`; `index` is the element index of (m, n). */
export function storeRow(binding: string, index: string, n: number): { element: Element; code: string; variant: string } {
  if (n % 4 === 0) return { element: 'vec4<f32>', code: `${binding}[(${index}) / 4] = value;`, variant: 'v' };
  return { element: 'f32', code: `let at = ${index}; for (var i = 0; i < 4; i++) { if (n + i < dims.N) { ${binding}[at + i] = value[i]; } }`, variant: 's' };
}
