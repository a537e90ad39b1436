/**
 * The three products of a convolution without workgroup memory, for Vulkan on a CPU (see `gemm/direct.ts`). Everything
 * that depends on the pixel or the tap alone is worked out before the inner loop, which only steps over channels or,
 * for the filter's gradient, over a line of pixels. Conditions are joined by `&`, not `&&`: each short circuit is a
 * branch, and SwiftShader's compile time doubles with each.
 */
import { accumulators, count, forTile, type ThreadTile } from '../gemm/direct';
import { storeRow } from '../gemm/matrixOperand';
import type { Element } from '../kernel/program';
import { phasePixel } from './tiledLoads';

export interface DirectKernel {
  elementX: Element;
  elementW: Element;
  elementOut: Element;
  variant: string;
  code: (tile: ThreadTile) => string;
}

/** Threads a workgroup: few, so that small products still occupy every core. */
export const directThreads = 32;

const elementFor = (vector: boolean): Element => (vector ? 'vec4<f32>' : 'f32');
const lines = (rows: number, statement: (i: number) => string): string => count(rows).map(statement).join('\n  ');

function entry({ rows, columns, across }: ThreadTile, body: string): string {
  return /* wgsl */ `
@compute @workgroup_size(${directThreads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let lane = i32(thread);
  let m = ((i32(group.y) + dims.originY) * ${directThreads / across} + lane / ${across}) * ${rows};
  let n = (i32(group.x) * ${across} + lane % ${across}) * ${columns};
  if (m >= dims.M || n >= dims.N) { return; }
  ${accumulators(rows, columns)}
  ${body}
}`;
}

/** Four values of `binding` from element index `at` on, clamped to the row's end where rows are not made of vec4. */
function four(binding: string, start: string, offset: string): string {
  return `vec4(${[0, 1, 2, 3].map((j) => `${binding}[${start} + min(${offset} + ${j}, dims.N - 1)]`).join(', ')})`;
}

/** `c += value(i) * b` for the whole tile, with `b0..` known. */
function rankOne({ rows, columns }: ThreadTile, value: (i: number) => string): string {
  return count(rows)
    .flatMap((i) => count(columns / 4).map((s) => `c${i}_${s} = fma(vec4(${value(i)}), b${s}, c${i}_${s});`))
    .join(' ');
}

/** Sums over channels of one tap, with `at0..` (first element under each row) and `ok0..` known. */
function overInputs(tile: ThreadTile, vectorI: boolean, vectorO: boolean): string {
  const groups = count(tile.columns / 4);
  const weights = groups
    .map((s) => (vectorO ? `let b${s} = w[at + ${s}];` : `let b${s} = ${four('w', 'at', `n + ${4 * s}`)};`))
    .join(' ');
  const start = vectorO
    ? 'var at = (tap * dims.I * dims.O + n) >> 2u; let step = dims.O >> 2u;'
    : 'var at = tap * dims.I * dims.O; let step = dims.O;';
  if (!vectorI)
    return `${start} for (var c = 0; c < dims.I; c++) { ${weights} ${rankOne(tile, (i) => `select(0.0, x[at${i} + c], ok${i})`)} at += step; }`;
  const loads = count(tile.rows)
    .map((i) => `let a${i} = select(vec4<f32>(0.0), x[at${i} + c], ok${i});`)
    .join(' ');
  const steps = count(4).map((j) => `{ ${weights} ${rankOne(tile, (i) => `a${i}[${j}]`)} at += step; }`);
  return `${start} let depth = dims.I >> 2u; for (var c = 0; c < depth; c++) { ${loads} ${steps.join(' ')} }`;
}

export function directForward(inputs: number, outputs: number): DirectKernel {
  const vectorI = inputs % 4 === 0;
  const vectorO = outputs % 4 === 0;
  const out = storeRow('y', 'row * dims.N + n', outputs);
  const pixel = (i: number): string => /* wgsl */ `let p${i} = min(m + ${i}, dims.M - 1); let l${i} = p${i} / dims.OW;
  let h${i} = l${i} % dims.OH * dims.stride - dims.padTop; let v${i} = p${i} % dims.OW * dims.stride - dims.padLeft; let s${i} = l${i} / dims.OH * dims.H;`;
  const under = (
    i: number,
  ): string => /* wgsl */ `let r${i} = h${i} + kh; let q${i} = v${i} + kw; let ok${i} = (r${i} >= 0) & (q${i} >= 0) & (r${i} < dims.H) & (q${i} < dims.W);
      let at${i} = select(0, (((s${i} + r${i}) * dims.W + q${i}) * dims.I)${vectorI ? ' >> 2u' : ''}, ok${i});`;
  return {
    elementX: elementFor(vectorI),
    elementW: elementFor(vectorO),
    elementOut: out.element,
    variant: `f${vectorI ? 'v' : 's'}${out.variant}`,
    code: (tile) =>
      entry(
        tile,
        /* wgsl */ `
  ${lines(tile.rows, pixel)}
  for (var kh = 0; kh < dims.KH; kh++) {
    for (var kw = 0; kw < dims.KW; kw++) {
      let tap = kh * dims.KW + kw;
      ${lines(tile.rows, under)}
      ${overInputs(tile, vectorI, vectorO)}
    }
  }
  let column = n;
  ${forTile(tile.rows, tile.columns, (i, s) => `{ let row = m + ${i}; let n = column + ${4 * s}; let value = c${i}_${s}; ${out.code} }`)}`,
      ),
  };
}

export function directGradientX(inputs: number, outputs: number, stride: number): DirectKernel {
  const vector = outputs % 4 === 0;
  const out = storeRow('y', '((b * dims.H + ih) * dims.W + iw) * dims.I + n', inputs);
  const unit = vector ? ' >> 2u' : '';
  // Division is slow on CPUs, and stride 1 needs none.
  const strided = (value: string): string => (stride === 1 ? value : `${value} / dims.stride`);
  const arriving = (
    i: number,
  ): string => /* wgsl */ `let u${i} = h${i} + dims.padTop - kh; let t${i} = v${i} + dims.padLeft - kw;
      let y${i} = ${strided(`u${i}`)}; let x${i} = ${strided(`t${i}`)};
      let ok${i} = (u${i} >= 0) & (t${i} >= 0) & (y${i} < dims.OH) & (x${i} < dims.OW);
      let at${i} = select(0, (((s${i} * dims.OH + y${i}) * dims.OW + x${i}) * dims.O)${unit}, ok${i});`;
  const inner = ({ rows, columns }: ThreadTile): string => {
    if (!vector) {
      const groups = count(columns / 4).map(
        (s) =>
          `let b${s} = vec4(${count(4)
            .map((j) => `w[w${4 * s + j} + c]`)
            .join(', ')});`,
      );
      return `${groups.join(' ')} ${rankOne({ rows, columns, across: 1 } as ThreadTile, (i) => `select(0.0, x[at${i} + c], ok${i})`)}`;
    }
    const loads = count(rows).map((i) => `let a${i} = select(vec4<f32>(0.0), x[at${i} + c], ok${i});`);
    const groups = count(columns / 4).map((s) => {
      const weights = count(4).map((j) => `let b${j} = w[w${4 * s + j} + c];`);
      return `{ ${weights.join(' ')} ${count(rows)
        .map((i) => `c${i}_${s} += vec4(dot(a${i}, b0), dot(a${i}, b1), dot(a${i}, b2), dot(a${i}, b3));`)
        .join(' ')} }`;
    });
    return `${loads.join(' ')} ${groups.join(' ')}`;
  };
  return {
    elementX: elementFor(vector),
    elementW: elementFor(vector),
    elementOut: out.element,
    variant: `x${vector ? 'v' : 's'}${out.variant}${stride === 1 ? '' : 's'}`,
    code: (tile) =>
      entry(
        tile,
        /* wgsl */ `
  let phaseY = i32(group.z) / dims.stride;
  let phaseX = i32(group.z) % dims.stride;
  ${lines(tile.rows, (i) => `var h${i} = 0; var v${i} = 0; var s${i} = 0; { ${phasePixel(`min(m + ${i}, dims.M - 1)`)} h${i} = ih; v${i} = iw; s${i} = b; }`)}
  let depth = dims.O${unit};
  for (var kh = (phaseY + dims.padTop) % dims.stride; kh < dims.KH; kh += dims.stride) {
    for (var kw = (phaseX + dims.padLeft) % dims.stride; kw < dims.KW; kw += dims.stride) {
      ${lines(tile.rows, arriving)}
      ${lines(tile.columns, (j) => `let w${j} = (((kh * dims.KW + kw) * dims.I + min(n + ${j}, dims.I - 1)) * dims.O)${unit};`)}
      for (var c = 0; c < depth; c++) { ${inner(tile)} }
    }
  }
  let column = n;
  ${forTile(tile.rows, tile.columns, (i, s) => `{ let ih = h${i}; let iw = v${i}; let b = s${i}; let n = column + ${4 * s}; let value = c${i}_${s}; if (ih < dims.H && iw < dims.W) { ${out.code} } }`)}`,
      ),
  };
}

/** x is the input, w the gradient by the output. `dims.chunk` lines of output pixels a part. */
export function directGradientFilter(inputs: number, outputs: number): DirectKernel {
  const vectorI = inputs % 4 === 0;
  const vectorO = outputs % 4 === 0;
  const out = storeRow('y', '(i32(group.z) * dims.M + row) * dims.N + n', outputs);
  /**
   * Walks over the pixels that see row `row` of the filter and the next few of its tap; `sum` uses `source` (index of
   * the input element) and b.
   */
  const walk = ({ columns }: ThreadTile, row: string, sum: string): string => {
    const groups = count(columns / 4).map((s) =>
      vectorO ? `let b${s} = w[at + ${s}];` : `let b${s} = ${four('w', 'at', `n + ${4 * s}`)};`,
    );
    const [unitX, unitW] = [vectorI ? ' >> 2u' : '', vectorO ? ' >> 2u' : ''];
    return /* wgsl */ `
  {
    let tap = min(${row}, dims.M - 1) / dims.I;
    let channel = min(${row}, dims.M - 1) % dims.I;
    let kh = tap / dims.KW;
    let shift = tap % dims.KW - dims.padLeft;
    let start = select((dims.stride - 1 - shift) / dims.stride, 0, shift >= 0);
    let end = select(min(dims.OW, (dims.W - 1 - shift) / dims.stride + 1), 0, dims.W - 1 < shift);
    let stepX = (dims.stride * dims.I)${unitX};
    let stepW = dims.O${unitW};
    for (var line = i32(group.z) * dims.chunk; line < min(dims.lines, (i32(group.z) + 1) * dims.chunk); line++) {
      let ih = line % dims.OH * dims.stride + kh - dims.padTop;
      if (ih < 0 || ih >= dims.H) { continue; }
      var source = (((line / dims.OH * dims.H + ih) * dims.W + shift + start * dims.stride) * dims.I + channel)${unitX};
      var at = ((line * dims.OW + start) * dims.O${vectorO ? ' + n' : ''})${unitW};
      for (var ow = start; ow < end; ow++) {
        ${groups.join(' ')}
        ${sum}
        source += stepX;
        at += stepW;
      }
    }
  }`;
  };
  const all = (tile: ThreadTile): string => {
    if (!vectorI)
      return count(tile.rows)
        .map((i) =>
          walk(
            tile,
            `m + ${i}`,
            count(tile.columns / 4)
              .map((s) => `c${i}_${s} = fma(vec4(x[source]), b${s}, c${i}_${s});`)
              .join(' '),
          ),
        )
        .join('');
    const loads = count(tile.rows / 4)
      .map((r) => `let a${r} = x[source + ${r}];`)
      .join(' ');
    return walk(tile, 'm', `${loads} ${rankOne(tile, (i) => `a${Math.floor(i / 4)}[${i % 4}]`)}`);
  };
  return {
    elementX: elementFor(vectorI),
    elementW: elementFor(vectorO),
    elementOut: out.element,
    variant: `w${vectorI ? 'v' : 's'}${out.variant}`,
    code: (tile) =>
      entry(
        tile,
        `${all(tile)}
  let column = n;
  ${forTile(tile.rows, tile.columns, (i, s) => `{ let row = m + ${i}; let n = column + ${4 * s}; let value = c${i}_${s}; ${out.code} }`)}`,
      ),
  };
}
