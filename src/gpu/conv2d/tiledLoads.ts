/**
 * The three products of a convolution for the tiled matrix product: what it loads as A and B and where results go. No
 * patch is ever written to memory. Conditions are joined by `|`, not `||`: each short circuit is a branch, and some
 * compilers' time doubles with each.
 */
import { storeRow } from '../gemm/matrixOperand';
import type { Operands } from '../gemm/tiled';
import type { Element } from '../kernel/program';

export interface Loads extends Operands {
  elementA: Element;
  elementB: Element;
  elementOut: Element;
  loadA: string;
  loadB: string;
  store: string;
  setup: string;
  variant: string;
}

const zero = 'vec4<f32>(0.0)';
/**
 * Four values by a loop rather than unrolled: the loads are long, and compilers for CPUs take minutes over sixteen
 * copies of one.
 */
const gather = (value: string): string => `var v = ${zero}; for (var i = 0; i < 4; i++) { v[i] = ${value}; } return v;`;
const elementFor = (vector: boolean): Element => (vector ? 'vec4<f32>' : 'f32');

/**
 * `fn patchAt(m, k)`: the input under output pixel m at tap-and-channel k; four channels, or one where they are not a
 * multiple of four.
 */
function patch(vector: boolean): string {
  const type = elementFor(vector);
  return /* wgsl */ `
fn patchAt(m: i32, k: i32) -> ${type} {
  let pixel = min(m, dims.B * dims.OH * dims.OW - 1);
  let tap = k / dims.I;
  let row = pixel / dims.OW;
  let ih = row % dims.OH * dims.stride + tap / dims.KW - dims.padTop;
  let iw = pixel % dims.OW * dims.stride + tap % dims.KW - dims.padLeft;
  if ((tap >= dims.KH * dims.KW) | (ih < 0) | (iw < 0) | (ih >= dims.H) | (iw >= dims.W)) { return ${type}(0.0); }
  let at = ((row / dims.OH * dims.H + ih) * dims.W + iw) * dims.I + k % dims.I;
  return x[${vector ? 'at >> 2u' : 'at'}];
}`;
}

/** Four of the last axis of an array of rows of `dims.N`. */
function rowLoad(binding: string, row: string, vector: boolean): string {
  return vector
    ? `return ${binding}[(${row} * dims.N + min(n, dims.N - 4)) >> 2u];`
    : `let at = ${row} * dims.N; ${gather(`${binding}[at + min(n + i, dims.N - 1)]`)}`;
}

export function forwardLoads(inputs: number, outputs: number): Loads {
  const vectorI = inputs % 4 === 0;
  const vectorO = outputs % 4 === 0;
  const out = storeRow('y', '(part * dims.M + m) * dims.N + n', outputs);
  return {
    a: 'k',
    b: 'n',
    elementA: elementFor(vectorI),
    elementB: elementFor(vectorO),
    elementOut: out.element,
    setup: 'part = i32(group.z);',
    loadA: `var<private> part: i32;${patch(vectorI)}\nfn loadA(m: i32, k: i32) -> vec4<f32> { ${vectorI ? 'return patchAt(m, k);' : gather('patchAt(m, k + i)')} }`,
    loadB: `fn loadB(k: i32, n: i32) -> vec4<f32> { if (k >= dims.K) { return ${zero}; } ${rowLoad('w', 'k', vectorO)} }`,
    store: `fn store(m: i32, n: i32, value: vec4<f32>) { ${out.code} }`,
    variant: `f${vectorI ? 'v' : 's'}${out.variant}`,
  };
}

export function gradientFilterLoads(inputs: number, outputs: number): Loads {
  const vectorI = inputs % 4 === 0;
  const vectorO = outputs % 4 === 0;
  const out = storeRow('y', '(part * dims.M + m) * dims.N + n', outputs);
  return {
    a: 'm',
    b: 'n',
    elementA: elementFor(vectorI),
    elementB: elementFor(vectorO),
    elementOut: out.element,
    setup: 'part = i32(group.z);',
    // The patch matrix again, its rows now the product's inner axis.
    loadA: `var<private> part: i32;${patch(vectorI)}\nfn loadA(m: i32, k: i32) -> vec4<f32> { if (k >= dims.K) { return ${zero}; } ${vectorI ? 'return patchAt(k, m);' : gather('patchAt(k, m + i)')} }`,
    loadB: `fn loadB(k: i32, n: i32) -> vec4<f32> { if (k >= dims.K) { return ${zero}; } ${rowLoad('w', 'k', vectorO)} }`,
    store: `fn store(m: i32, n: i32, value: vec4<f32>) { ${out.code} }`,
    variant: `w${vectorI ? 'v' : 's'}${out.variant}`,
  };
}

/**
 * End of the sum of the workgroup's phase, whose taps may be fewer than those of the fullest one: a WGSL expression of
 * nothing but the workgroup's number, so that compilers see that all its threads agree.
 */
export const phaseEnd: string = (() => {
  const taps = (kernel: string, phase: string, pad: string): string =>
    `((${kernel} - (${phase} + ${pad}) % dims.stride + dims.stride - 1) / dims.stride)`;
  const phase = '(i32(group.z) % (dims.stride * dims.stride))';
  const down = taps('dims.KH', `${phase} / dims.stride`, 'dims.padTop');
  return `(${down} * ${taps('dims.KW', `${phase} % dims.stride`, 'dims.padLeft')} * dims.O)`;
})();

/** Position of row m of the product within its phase: statements that declare b, ih, iw. */
export const phasePixel = (m: string): string => /* wgsl */ `
  let across = (dims.W + dims.stride - 1) / dims.stride;
  let down = (dims.H + dims.stride - 1) / dims.stride;
  let iw = ${m} % across * dims.stride + phaseX;
  let line = ${m} / across;
  let ih = line % down * dims.stride + phaseY;
  let b = line / down;`;

export function gradientXLoads(inputs: number, outputs: number): Loads {
  const vector = outputs % 4 === 0;
  const type = elementFor(vector);
  const out = storeRow('y', '(((part * dims.B + b) * dims.H + ih) * dims.W + iw) * dims.I + n', inputs);
  const taps = /* wgsl */ `
  let tap = k / dims.O;
  let kh = firstDown + tap / tapsAcross * dims.stride;
  let kw = firstAcross + tap % tapsAcross * dims.stride;`;
  return {
    a: 'k',
    b: 'k',
    elementA: type,
    elementB: type,
    elementOut: out.element,
    setup: /* wgsl */ `let phase = i32(group.z) % (dims.stride * dims.stride);
  part = i32(group.z) / (dims.stride * dims.stride);
  phaseY = phase / dims.stride;
  phaseX = phase % dims.stride;
  firstDown = (phaseY + dims.padTop) % dims.stride;
  firstAcross = (phaseX + dims.padLeft) % dims.stride;
  tapsAcross = (dims.KW - firstAcross + dims.stride - 1) / dims.stride;`,
    loadA: /* wgsl */ `
var<private> part: i32;
var<private> phaseY: i32;
var<private> phaseX: i32;
var<private> firstDown: i32;
var<private> firstAcross: i32;
var<private> tapsAcross: i32;
fn arriving(m: i32, k: i32) -> ${type} {
  ${phasePixel('min(m, dims.M - 1)')}
  ${taps}
  let fromTop = ih + dims.padTop - kh;
  let fromLeft = iw + dims.padLeft - kw;
  if ((kh >= dims.KH) | (fromTop < 0) | (fromLeft < 0)) { return ${type}(0.0); }
  let oh = fromTop / dims.stride;
  let ow = fromLeft / dims.stride;
  if ((oh >= dims.OH) | (ow >= dims.OW)) { return ${type}(0.0); }
  let at = ((b * dims.OH + oh) * dims.OW + ow) * dims.O + k % dims.O;
  return x[${vector ? 'at >> 2u' : 'at'}];
}
fn loadA(m: i32, k: i32) -> vec4<f32> { ${vector ? 'return arriving(m, k);' : gather('arriving(m, k + i)')} }`,
    loadB: /* wgsl */ `
fn weight(k: i32, n: i32) -> ${type} {
  ${taps}
  if (kh >= dims.KH) { return ${type}(0.0); }
  let at = ((kh * dims.KW + kw) * dims.I + min(n, dims.I - 1)) * dims.O + k % dims.O;
  return w[${vector ? 'at >> 2u' : 'at'}];
}
fn loadB(k: i32, n: i32) -> vec4<f32> { ${vector ? 'return weight(k, n);' : gather('weight(k + i, n)')} }`,
    store: `fn store(m: i32, n: i32, value: vec4<f32>) { ${phasePixel('m')} if (ih < dims.H && iw < dims.W) { ${out.code} } }`,
    variant: `x${vector ? 'v' : 's'}${out.variant}`,
  };
}
