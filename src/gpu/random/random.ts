/**
 * Random tensors, made on the GPU from a counter (Philox4x32-10, see `shared/rng.ts`, which gives the same words on the
 * CPU): element i of a tensor is word i of the stream (seed, stream, step). Nothing is stored, so a captured step draws
 * new numbers by being given a new step.
 *
 * Uniforms are equal to the CPU's to the bit, normals to about 1e-6.
 */
import { dispatchTensors, linearGrid } from '../kernel/dispatch';
import type { Rank, ShapeMap, Tensor } from '../tensor';

export interface RandomKey {
  /** 32 bits: the run. Frozen in captured steps. */
  seed: number;
  /** 32 bits: what the numbers are for; two draws in one step need two streams. Frozen in captured steps. */
  stream: number;
  /** Which iteration: an int32 scalar. */
  step: Tensor;
}

type Distribution = 'bits' | 'uniform' | 'normal';

const philox = /* wgsl */ `
fn multiplyHigh(a: u32, b: u32) -> u32 {
  let aLow = a & 0xffffu; let aHigh = a >> 16u;
  let bLow = b & 0xffffu; let bHigh = b >> 16u;
  let middle = aHigh * bLow + ((aLow * bLow) >> 16u);
  let carry = aLow * bHigh + (middle & 0xffffu);
  return aHigh * bHigh + (middle >> 16u) + (carry >> 16u);
}
fn philox4x32(counter: vec4<u32>, start: vec2<u32>) -> vec4<u32> {
  var c = counter;
  var key = start;
  for (var round = 0; round < 10; round++) {
    let high0 = multiplyHigh(0xd2511f53u, c.x);
    let high1 = multiplyHigh(0xcd9e8d57u, c.z);
    c = vec4<u32>(high1 ^ c.y ^ key.x, 0xcd9e8d57u * c.z, high0 ^ c.w ^ key.y, 0xd2511f53u * c.x);
    key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}`;

// WGSL's own log, cos and sin may be wrong from the eleventh bit on; these are right to 1e-7 on every device.
export const unitFunctions = /* wgsl */ `
// ln(n / 2^24) for 1 <= n <= 2^24: exponent times ln 2, plus the series of 2 artanh((m - 1) / (m + 1)) for m in [0.70,
// 1.42).
fn logUnit(n: u32) -> f32 {
  var exponent = i32(firstLeadingBit(n));
  var m = f32(n) / f32(1u << u32(exponent));
  if (m > 1.4142135) { m *= 0.5; exponent += 1; }
  let s = (m - 1.0) / (m + 1.0);
  let q = s * s;
  let series = 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q / 9.0))));
  return f32(exponent - 24) * 0.6931471805599453 + series;
}
// (cos, sin) of 2 pi times the upper 24 bits of a word over 2^24: Taylor series around the middle of the quadrant, then
// two exact turns.
fn circle(word: u32) -> vec2<f32> {
  let a = (f32((word >> 8u) & 0x3fffffu) * 0x1p-22f - 0.5) * 1.5707963267948966;
  let q = a * a;
  let c = 1.0 - q * (1.0 / 2.0 - q * (1.0 / 24.0 - q * (1.0 / 720.0 - q / 40320.0)));
  let s = a * (1.0 - q * (1.0 / 6.0 - q * (1.0 / 120.0 - q * (1.0 / 5040.0 - q / 362880.0))));
  var p = vec2<f32>(c - s, c + s) * 0.7071067811865476;
  if ((word & 0x40000000u) != 0u) { p = vec2<f32>(-p.y, p.x); }
  if ((word & 0x80000000u) != 0u) { p = -p; }
  return p;
}`;

const transforms: Record<Distribution, string> = {
  bits: 'let values = words;',
  uniform: 'let values = vec4<f32>(words >> vec4<u32>(8u)) * 0x1p-24f;',
  normal: /* wgsl */ `
  let radius = sqrt(-2.0 * vec2<f32>(logUnit((words.x >> 8u) + 1u), logUnit((words.z >> 8u) + 1u)));
  let values = vec4<f32>(radius.x * circle(words.y), radius.y * circle(words.w));`,
};

function draw<R extends Rank>(
  shape: ShapeMap[R],
  { seed, stream, step }: RandomKey,
  distribution: Distribution,
): Tensor<R> {
  if (step.dtype !== 'int32') throw new TypeError(`a random key's step is an int32 scalar, not ${step.dtype}`);
  const size = shape.reduce((product, side) => product * side, 1);
  const grid = linearGrid(Math.ceil(size / 4));
  const type = distribution === 'bits' ? 'u32' : 'f32';
  const code = (): string => /* wgsl */ `
struct Key { seed: u32, stream: u32, size: u32, unused: u32 }
@group(0) @binding(0) var<storage, read_write> result: array<${type}>;
@group(0) @binding(1) var<storage, read> step: array<u32>;
@group(0) @binding(2) var<uniform> key: Key;
${philox}
${distribution === 'normal' ? unitFunctions : ''}
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  if (4u * index >= key.size) { return; }
  let words = philox4x32(vec4<u32>(index, step[0], 0u, 0u), vec2<u32>(key.seed, key.stream));
  ${transforms[distribution]}
  for (var i = 0u; i < 4u; i++) {
    if (4u * index + i < key.size) { result[4u * index + i] = values[i]; }
  }
}`;
  const [result] = dispatchTensors({
    label: `random.${distribution}`,
    key: '',
    code,
    outputs: [{ shape, dtype: distribution === 'bits' ? 'int32' : 'float32' }],
    inputs: [step],
    constants: new Uint8Array(Uint32Array.of(seed, stream, size, 0).buffer),
    workgroups: grid.workgroups,
  });
  return result as Tensor<R>;
}

/** Raw 32-bit words, as the int32 of the same bits. */
export function randomBits<R extends Rank>(shape: ShapeMap[R], key: RandomKey): Tensor<R> {
  return draw(shape, key, 'bits');
}

/** Uniform in [0, 1), multiples of 2^-24. */
export function randomUniform<R extends Rank>(shape: ShapeMap[R], key: RandomKey): Tensor<R> {
  return draw(shape, key, 'uniform');
}

/** Standard normal, by the Box-Muller transform; |value| < 5.8. */
export function randomNormal<R extends Rank>(shape: ShapeMap[R], key: RandomKey): Tensor<R> {
  return draw(shape, key, 'normal');
}
