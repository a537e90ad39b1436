/**
 * The three products of a convolution for Vulkan on a CPU with subgroups of one fixed size (see `gemm/lanes.ts`). Each
 * lane keeps the addresses of two of the tile's rows, so what depends on a pixel or a tap is worked out once a row and
 * not once a thread.
 */
import { count } from '../gemm/direct';
import { lanesEntry, lanesRankOne, lanesTile, type Lanes } from '../gemm/lanes';
import { storeRow } from '../gemm/matrixOperand';
import type { Element } from '../kernel/program';
import { phasePixel } from './tiledLoads';

export interface LanesKernel {
  elementX: Element;
  elementW: Element;
  elementOut: Element;
  variant: string;
  code: (lanes: Lanes) => string;
}

const elementFor = (vector: boolean): Element => (vector ? 'vec4<f32>' : 'f32');
/** Statements for each of the two rows that a lane looks after. */
const both = (statement: (r: number) => string): string => count(2).map(statement).join(' ');
const rowOf = (r: number, lanes: Lanes): string => `min(m + ${r * lanes} + lane, dims.M - 1)`;

/** `b` as four values of `w` from element index `at` on, clamped to the row's end where rows are not made of vec4. */
function columns(vector: boolean, at: string): string {
  return vector
    ? `let b = w[${at}];`
    : `let b = vec4(${count(4)
        .map((j) => `w[${at} + min(n + ${j}, dims.N - 1)]`)
        .join(', ')});`;
}

/** `c += a * b`: row i's value is component `k` of `a0` or `a1`, in the lane that looks after it. */
function rankOne(lanes: Lanes, k?: number): string {
  return lanesRankOne(lanes, (row) => ({
    value: `a${Math.floor(row / lanes)}${k === undefined ? '' : `[${k}]`}`,
    lane: row % lanes,
  }));
}

export function lanesForward(inputs: number, outputs: number): LanesKernel {
  const [vectorI, vectorO] = [inputs % 4 === 0, outputs % 4 === 0];
  const out = storeRow('y', '(m + row) * dims.N + n', outputs);
  const code = (lanes: Lanes): string => {
    const pixel = (r: number): string => /* wgsl */ `let p${r} = ${rowOf(r, lanes)}; let l${r} = p${r} / dims.OW;
  let h${r} = l${r} % dims.OH * dims.stride - dims.padTop; let v${r} = p${r} % dims.OW * dims.stride - dims.padLeft; let s${r} = l${r} / dims.OH * dims.H;`;
    const under = (
      r: number,
    ): string => /* wgsl */ `let r${r} = h${r} + kh; let q${r} = v${r} + kw; let ok${r} = (r${r} >= 0) & (q${r} >= 0) & (r${r} < dims.H) & (q${r} < dims.W);
      let at${r} = select(0, (((s${r} + r${r}) * dims.W + q${r}) * dims.I)${vectorI ? ' >> 2u' : ''}, ok${r});`;
    const zero = vectorI ? 'vec4<f32>(0.0)' : '0.0';
    const load = both((r) => `let a${r} = select(${zero}, x[at${r} + c], ok${r});`);
    const oneInput = (k?: number): string => `{ ${columns(vectorO, 'at')} ${rankOne(lanes, k)} at += step; }`;
    return /* wgsl */ `${lanesEntry(lanes)}
  ${both(pixel)}
  let step = dims.O${vectorO ? ' >> 2u' : ''};
  let depth = dims.I${vectorI ? ' >> 2u' : ''};
  for (var kh = 0; kh < dims.KH; kh++) {
    for (var kw = 0; kw < dims.KW; kw++) {
      let tap = kh * dims.KW + kw;
      ${both(under)}
      var at = ${vectorO ? '(tap * dims.I * dims.O + min(n, dims.N - 4)) >> 2u' : 'tap * dims.I * dims.O'};
      for (var c = 0; c < depth; c++) { ${load} ${vectorI ? count(4).map(oneInput).join('\n        ') : oneInput()} }
    }
  }
  ${lanesTile(lanes, (i) => `let row = ${i}; let value = c${i}; ${out.code}`)}
}`;
  };
  return {
    elementX: elementFor(vectorI),
    elementW: elementFor(vectorO),
    elementOut: out.element,
    variant: `f${vectorI ? 'v' : 's'}${out.variant}`,
    code,
  };
}

export function lanesGradientX(inputs: number, outputs: number): LanesKernel {
  const vector = outputs % 4 === 0;
  const unit = vector ? ' >> 2u' : '';
  const out = storeRow('y', '((b * dims.H + ih) * dims.W + iw) * dims.I + n', inputs);
  const code = (lanes: Lanes): string => {
    const pixel = (r: number): string =>
      `var h${r} = 0; var v${r} = 0; var s${r} = 0; { ${phasePixel(rowOf(r, lanes))} h${r} = ih; v${r} = iw; s${r} = b; }`;
    const arriving = (
      r: number,
    ): string => /* wgsl */ `let u${r} = h${r} + dims.padTop - kh; let t${r} = v${r} + dims.padLeft - kw; let y${r} = u${r} / dims.stride; let x${r} = t${r} / dims.stride;
      let ok${r} = (u${r} >= 0) & (t${r} >= 0) & (y${r} < dims.OH) & (x${r} < dims.OW); let at${r} = select(0, (((s${r} * dims.OH + y${r}) * dims.OW + x${r}) * dims.O)${unit}, ok${r});`;
    const load = both((r) => `let a${r} = select(${vector ? 'vec4<f32>(0.0)' : '0.0'}, x[at${r} + c], ok${r});`);
    const weights = count(4)
      .map((j) => `let r${j} = w[w${j} + c];`)
      .join(' ');
    const oneOutput = (k?: number): string =>
      `{ let b = vec4(${count(4)
        .map((j) => `r${j}${k === undefined ? '' : `[${k}]`}`)
        .join(', ')}); ${rankOne(lanes, k)} }`;
    return /* wgsl */ `${lanesEntry(lanes)}
  let phaseY = i32(group.z) / dims.stride;
  let phaseX = i32(group.z) % dims.stride;
  ${both(pixel)}
  let depth = dims.O${unit};
  for (var kh = (phaseY + dims.padTop) % dims.stride; kh < dims.KH; kh += dims.stride) {
    for (var kw = (phaseX + dims.padLeft) % dims.stride; kw < dims.KW; kw += dims.stride) {
      ${both(arriving)}
      ${count(4)
        .map((j) => `let w${j} = (((kh * dims.KW + kw) * dims.I + min(n + ${j}, dims.I - 1)) * dims.O)${unit};`)
        .join(' ')}
      for (var c = 0; c < depth; c++) { ${load} ${weights} ${vector ? count(4).map(oneOutput).join('\n        ') : oneOutput()} }
    }
  }
  ${lanesTile(lanes, (i) => `${phasePixel(`(m + ${i})`)} let value = c${i}; if (ih < dims.H && iw < dims.W) { ${out.code} }`)}
}`;
  };
  return {
    elementX: elementFor(vector),
    elementW: elementFor(vector),
    elementOut: out.element,
    variant: `x${vector ? 'v' : 's'}${out.variant}`,
    code,
  };
}

/** x is the input, w the gradient by the output. `dims.chunk` lines of output pixels a part. */
export function lanesGradientFilter(outputs: number): LanesKernel {
  const vectorO = outputs % 4 === 0;
  const out = storeRow('y', '(i32(group.z) * dims.M + m + row) * dims.N + n', outputs);
  const code = (lanes: Lanes): string => {
    const row = (
      r: number,
    ): string => /* wgsl */ `let row${r} = ${rowOf(r, lanes)}; let tap${r} = row${r} / dims.I; let channel${r} = row${r} % dims.I;
  let kh${r} = tap${r} / dims.KW - dims.padTop; let kw${r} = tap${r} % dims.KW - dims.padLeft;`;
    const line = (
      r: number,
    ): string => /* wgsl */ `let ih${r} = line % dims.OH * dims.stride + kh${r}; let inside${r} = (ih${r} >= 0) & (ih${r} < dims.H);
    let start${r} = ((line / dims.OH * dims.H + ih${r}) * dims.W) * dims.I + channel${r};`;
    const load = (
      r: number,
    ): string => /* wgsl */ `let iw${r} = ow * dims.stride + kw${r}; let ok${r} = inside${r} & (iw${r} >= 0) & (iw${r} < dims.W);
      let a${r} = select(0.0, x[select(0, start${r} + iw${r} * dims.I, ok${r})], ok${r});`;
    return /* wgsl */ `${lanesEntry(lanes)}
  ${both(row)}
  let step = dims.O${vectorO ? ' >> 2u' : ''};
  let end = min(dims.lines, (i32(group.z) + 1) * dims.chunk);
  for (var line = i32(group.z) * dims.chunk; line < end; line++) {
    ${both(line)}
    var at = ${vectorO ? '(line * dims.OW * dims.O + min(n, dims.N - 4)) >> 2u' : 'line * dims.OW * dims.O'};
    for (var ow = 0; ow < dims.OW; ow++) {
      ${both(load)} ${columns(vectorO, 'at')}
      ${rankOne(lanes)}
      at += step;
    }
  }
  ${lanesTile(lanes, (i) => `let row = ${i}; let value = c${i}; ${out.code}`)}
}`;
  };
  return { elementX: 'f32', elementW: elementFor(vectorO), elementOut: out.element, variant: `w${out.variant}`, code };
}
