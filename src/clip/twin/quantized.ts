/**
 * Weights that are stored as small integers, back in floats: one scale a tensor, a channel or a block of neighbours
 * along an axis. Formulas: ONNX's DequantizeLinear, and MatMulNBits and GatherBlockQuantized of onnxruntime's
 * contributed operators.
 */
import type { HostTensor } from '../../formats/onnx';
import { given, type HostOp } from './hostTensor';
import { attributeNumber, type NodeLike } from './node';
import { normalizeAxis, sizeOf } from './shape';

/**
 * `(x - zero) * scale`; `scale` and `zero` hold one number, one for each position along `axis`, or one for each block
 * along it.
 */
export function dequantized(
  x: HostTensor,
  scale: HostTensor,
  zero: HostTensor | undefined,
  axis: number,
  block: number,
): HostTensor {
  const data = new Float32Array(x.data.length);
  if (scale.data.length === 1) {
    const [factor, offset] = [scale.data[0] as number, zero?.data[0] ?? 0];
    for (let i = 0; i < data.length; i++) data[i] = ((x.data[i] as number) - offset) * factor;
    return { kind: 'float', dims: x.dims, data };
  }
  const inner = sizeOf(x.dims.slice(axis + 1));
  const count = x.dims[axis] as number;
  const blocks = Math.ceil(count / Math.max(1, block));
  for (let i = 0; i < data.length; i++) {
    const along = Math.floor(i / inner) % count;
    const at =
      block > 0 ? (Math.floor(i / (inner * count)) * blocks + Math.floor(along / block)) * inner + (i % inner) : along;
    data[i] = ((x.data[i] as number) - (zero?.data[at] ?? 0)) * (scale.data[at] as number);
  }
  return { kind: 'float', dims: x.dims, data };
}

export const dequantizeLinear: HostOp = (inputs, node) => {
  const x = given(inputs[0]);
  const axis = normalizeAxis(attributeNumber(node, 'axis', 1), Math.max(2, x.dims.length));
  return [dequantized(x, given(inputs[1]), inputs[2], axis, attributeNumber(node, 'block_size', 0))];
};

/** The numbers of `bits` bits (a divisor of 8) packed in bytes, lowest bits first. */
function unpacked(bytes: HostTensor['data'], bits: number): Float32Array {
  const each = 8 / bits;
  return Float32Array.from(
    { length: bytes.length * each },
    (_, i) => ((bytes[Math.floor(i / each)] as number) >> (bits * (i % each))) & (2 ** bits - 1),
  );
}

/**
 * The weights [K, N] of a MatMulNBits node. Its inputs: x, packed [N, blocks, bytes], scales [N * blocks], zero points
 * (packed a row, or floats).
 */
export function blockWeights(
  node: NodeLike,
  packed: HostTensor,
  scales: HostTensor,
  zeros: HostTensor | undefined,
): HostTensor {
  const [k, n, bits, block] = ['K', 'N', 'bits', 'block_size'].map((name) =>
    attributeNumber(node, name, name === 'bits' ? 4 : 0),
  ) as [number, number, number, number];
  if (![2, 4, 8].includes(bits)) throw new RangeError(`Weights of ${bits} bits.`);
  const blocks = Math.ceil(k / block);
  const numbers = unpacked(packed.data, bits);
  const stored = numbers.length / (n * blocks);
  const rowOfZeros = Math.ceil((blocks * bits) / 8) * (8 / bits);
  const packedZeros = zeros && zeros.kind === 'int' ? unpacked(zeros.data, bits) : null;
  const zeroAt = (row: number, b: number): number =>
    packedZeros
      ? (packedZeros[row * rowOfZeros + b] as number)
      : zeros
        ? (zeros.data[row * blocks + b] as number)
        : 2 ** (bits - 1);
  const data = new Float32Array(k * n);
  for (let row = 0; row < n; row++) {
    for (let b = 0; b < blocks; b++) {
      const [scale, zero] = [scales.data[row * blocks + b] as number, zeroAt(row, b)];
      const from = (row * blocks + b) * stored;
      for (let i = 0; i < Math.min(block, k - b * block); i++)
        data[(b * block + i) * n + row] = ((numbers[from + i] as number) - zero) * scale;
    }
  }
  return { kind: 'float', dims: [k, n], data };
}

/** The whole table of a GatherBlockQuantized node, in floats. Its inputs: table, indices, scales, zero points. */
export function blockTable(
  node: NodeLike,
  table: HostTensor,
  scales: HostTensor,
  zeros: HostTensor | undefined,
): HostTensor {
  const bits = attributeNumber(node, 'bits', 4);
  const axis = normalizeAxis(attributeNumber(node, 'quantize_axis', 1), table.dims.length);
  // Bytes hold several numbers; a table of a four-bit type came apart when it was read.
  const width = table.dims.at(-1) as number;
  const block = attributeNumber(node, 'block_size', 128);
  const whole = Math.ceil(width / block) === scales.dims.at(-1);
  if (axis !== table.dims.length - 1) throw new RangeError('Its blocks do not run along the last axis.');
  const spread = (tensor: HostTensor): HostTensor => ({
    kind: 'int',
    dims: [...tensor.dims.slice(0, -1), ((tensor.dims.at(-1) as number) * 8) / bits],
    data: Int32Array.from(unpacked(tensor.data, bits)),
  });
  const numbers = whole ? table : spread(table);
  const middle: HostTensor = {
    kind: 'int',
    dims: [...scales.dims],
    data: new Int32Array(scales.data.length).fill(whole ? 0 : 2 ** (bits - 1)),
  };
  const offsets = zeros ? (whole ? zeros : spread(zeros)) : middle;
  return dequantized(numbers, scales, offsets, axis, block);
}
