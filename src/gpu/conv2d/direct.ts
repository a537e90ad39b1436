/**
 * The three products of a convolution without workgroup memory, for Vulkan on a CPU. A thread computes 4 x 4 results; everything that depends on the
 * pixel or the tap alone is worked out before the inner loop, which only steps over channels (or, for the filter's gradient, over a line of pixels).
 */
import { storeRow } from '../gemm/matrixOperand';
import type { Element } from '../program';
import { phasePixel } from './tiledLoads';

export interface DirectKernel {
  elementX: Element;
  elementW: Element;
  elementOut: Element;
  variant: string;
  code: (across: number) => string;
}

/** Threads a workgroup: few, so that small products still occupy every core. */
export const directThreads = 32;

const rows = [0, 1, 2, 3];
const each = (statement: (i: number) => string): string => rows.map(statement).join(' ');
const four = (value: (i: number) => string): string => `vec4(${rows.map(value).join(', ')})`;
const elementFor = (vector: boolean): Element => (vector ? 'vec4<f32>' : 'f32');

function entry(across: number, body: string): string {
  return /* wgsl */ `
@compute @workgroup_size(${directThreads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let lane = i32(thread);
  let m = (i32(group.y) * ${directThreads / across} + lane / ${across}) * 4;
  let n = (i32(group.x) * ${across} + lane % ${across}) * 4;
  if (m >= dims.M || n >= dims.N) { return; }
  ${each((i) => `var c${i} = vec4<f32>(0.0);`)}
  ${body}
}`;
}

/** Sums over channels of one tap, with `at0..3` (first channel under each row) and `ok0..3` known. */
function overInputs(vectorI: boolean, vectorO: boolean): string {
  const weights = (row: string): string => (vectorO ? `w[(${row} + n) / 4]` : four((j) => `w[${row} + min(n + ${j}, dims.O - 1)]`));
  if (!vectorI) {
    return `for (var c = 0; c < dims.I; c++) { let b = ${weights('(tap * dims.I + c) * dims.O')}; ${each((i) => `c${i} = fma(vec4(select(0.0, x[at${i} + c], ok${i})), b, c${i});`)} }`;
  }
  const step = (j: number): string => `{ let b = ${weights(`(tap * dims.I + c * 4 + ${j}) * dims.O`)}; ${each((i) => `c${i} = fma(vec4(a${i}[${j}]), b, c${i});`)} }`;
  return `for (var c = 0; c < dims.I / 4; c++) { ${each((i) => `let a${i} = select(vec4<f32>(0.0), x[at${i} + c], ok${i});`)} ${rows.map(step).join(' ')} }`;
}

export function directForward(inputs: number, outputs: number): DirectKernel {
  const vectorI = inputs % 4 === 0;
  const vectorO = outputs % 4 === 0;
  const out = storeRow('y', 'm_ * dims.N + n', outputs);
  const pixel = (i: number): string =>
    `let p${i} = min(m + ${i}, dims.M - 1); let l${i} = p${i} / dims.OW; let h${i} = l${i} % dims.OH * dims.stride - dims.padTop; let v${i} = p${i} % dims.OW * dims.stride - dims.padLeft; let s${i} = l${i} / dims.OH * dims.H;`;
  const under = (i: number): string =>
    `let r${i} = h${i} + kh; let q${i} = v${i} + kw; let ok${i} = r${i} >= 0 && q${i} >= 0 && r${i} < dims.H && q${i} < dims.W; let at${i} = select(0, ((s${i} + r${i}) * dims.W + q${i}) * ${vectorI ? '(dims.I / 4)' : 'dims.I'}, ok${i});`;
  return {
    elementX: elementFor(vectorI),
    elementW: elementFor(vectorO),
    elementOut: out.element,
    variant: `f${vectorI ? 'v' : 's'}${out.variant}`,
    code: (across) =>
      entry(
        across,
        /* wgsl */ `
  ${rows.map(pixel).join('\n  ')}
  for (var kh = 0; kh < dims.KH; kh++) {
    for (var kw = 0; kw < dims.KW; kw++) {
      let tap = kh * dims.KW + kw;
      ${rows.map(under).join('\n      ')}
      ${overInputs(vectorI, vectorO)}
    }
  }
  ${rows.map((i) => `if (m + ${i} < dims.M) { let m_ = m + ${i}; let value = c${i}; ${out.code} }`).join('\n  ')}`,
      ),
  };
}

export function directGradientX(inputs: number, outputs: number): DirectKernel {
  const vector = outputs % 4 === 0;
  const out = storeRow('y', '((b * dims.H + ih) * dims.W + iw) * dims.I + n', inputs);
  const unit = vector ? '(dims.O / 4)' : 'dims.O';
  const from = (i: number): string => /* wgsl */ `
      let u${i} = h${i} + dims.padTop - kh; let t${i} = v${i} + dims.padLeft - kw;
      let y${i} = u${i} / dims.stride; let x${i} = t${i} / dims.stride;
      let ok${i} = u${i} >= 0 && t${i} >= 0 && y${i} < dims.OH && x${i} < dims.OW;
      let at${i} = select(0, ((s${i} * dims.OH + y${i}) * dims.OW + x${i}) * ${unit}, ok${i});`;
  const inner = vector
    ? `${each((j) => `let b${j} = w[w${j} + c];`)} ${each((i) => `{ let a = select(vec4<f32>(0.0), x[at${i} + c], ok${i}); c${i} += vec4(dot(a, b0), dot(a, b1), dot(a, b2), dot(a, b3)); }`)}`
    : `let b = ${four((j) => `w[w${j} + c]`)}; ${each((i) => `c${i} = fma(vec4(select(0.0, x[at${i} + c], ok${i})), b, c${i});`)}`;
  return {
    elementX: elementFor(vector),
    elementW: elementFor(vector),
    elementOut: out.element,
    variant: `x${vector ? 'v' : 's'}${out.variant}`,
    code: (across) =>
      entry(
        across,
        /* wgsl */ `
  let phaseY = i32(group.z) / dims.stride;
  let phaseX = i32(group.z) % dims.stride;
  ${rows.map((i) => `var h${i} = 0; var v${i} = 0; var s${i} = 0; { ${phasePixel(`min(m + ${i}, dims.M - 1)`)} h${i} = ih; v${i} = iw; s${i} = b; }`).join('\n  ')}
  for (var kh = (phaseY + dims.padTop) % dims.stride; kh < dims.KH; kh += dims.stride) {
    for (var kw = (phaseX + dims.padLeft) % dims.stride; kw < dims.KW; kw += dims.stride) {
      ${rows.map(from).join('')}
      ${each((j) => `let w${j} = ((kh * dims.KW + kw) * dims.I + min(n + ${j}, dims.I - 1)) * ${unit};`)}
      for (var c = 0; c < ${unit}; c++) { ${inner} }
    }
  }
  ${rows.map((i) => `if (m + ${i} < dims.M) { let ih = h${i}; let iw = v${i}; let b = s${i}; let value = c${i}; if (ih < dims.H && iw < dims.W) { ${out.code} } }`).join('\n  ')}`,
      ),
  };
}

/** x is the input, w the gradient by the output. `dims.chunk` lines of output pixels a part. */
export function directGradientFilter(inputs: number, outputs: number): DirectKernel {
  const vectorI = inputs % 4 === 0;
  const vectorO = outputs % 4 === 0;
  const out = storeRow('y', '(i32(group.z) * dims.M + m_) * dims.N + n', outputs);
  const dy = vectorO ? 'w[(at * dims.O + n) / 4]' : four((j) => `w[at * dims.O + min(n + ${j}, dims.O - 1)]`);
  /** Walks over the pixels that see row `row` of the filter; `sum` uses `source` (index of the input element) and b. */
  const walk = (row: string, sum: string): string => /* wgsl */ `
  {
    let tap = min(${row}, dims.M - 1) / dims.I;
    let channel = min(${row}, dims.M - 1) % dims.I;
    let kh = tap / dims.KW;
    let shift = tap % dims.KW - dims.padLeft;
    let start = select((dims.stride - 1 - shift) / dims.stride, 0, shift >= 0);
    let end = select(min(dims.OW, (dims.W - 1 - shift) / dims.stride + 1), 0, dims.W - 1 < shift);
    for (var line = i32(group.z) * dims.chunk; line < min(dims.lines, (i32(group.z) + 1) * dims.chunk); line++) {
      let ih = line % dims.OH * dims.stride + kh - dims.padTop;
      if (ih < 0 || ih >= dims.H) { continue; }
      let first = (line / dims.OH * dims.H + ih) * dims.W + shift;
      for (var ow = start; ow < end; ow++) {
        let source = (first + ow * dims.stride) * dims.I + channel;
        let at = line * dims.OW + ow;
        let b = ${dy};
        ${sum}
      }
    }
  }`;
  return {
    elementX: elementFor(vectorI),
    elementW: elementFor(vectorO),
    elementOut: out.element,
    variant: `w${vectorI ? 'v' : 's'}${out.variant}`,
    code: (across) =>
      entry(
        across,
        `${
          vectorI
            ? walk('m', `let a = x[source / 4]; ${each((i) => `c${i} = fma(vec4(a[${i}]), b, c${i});`)}`)
            : rows.map((i) => walk(`m + ${i}`, `c${i} = fma(vec4(x[source]), b, c${i});`)).join('')
        }
  ${rows.map((i) => `if (m + ${i} < dims.M) { let m_ = m + ${i}; let value = c${i}; ${out.code} }`).join('\n  ')}`,
      ),
  };
}
