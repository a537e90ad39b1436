/**
 * Whether a graph computes in full precision, or in halves or small integers: then onnxruntime rounds where the twin
 * does not.
 */
import type { OnnxModel } from '../../formats/onnx';

const HALF = 10;

const rounding = new Set([
  'DynamicQuantizeLinear',
  'QuantizeLinear',
  'DequantizeLinear',
  'MatMulInteger',
  'ConvInteger',
  'com.microsoft.QuantizeLinear',
  'com.microsoft.DequantizeLinear',
  'com.microsoft.MatMulNBits',
  'com.microsoft.GatherBlockQuantized',
  'com.microsoft.DynamicQuantizeMatMul',
  'com.microsoft.MatMulIntegerToFloat',
]);

/** False where halves are only stored: weights that a Cast turns into floats before anything is computed. */
export function isRounded({ nodes, initializers }: Pick<OnnxModel, 'nodes' | 'initializers'>): boolean {
  const half = (name: string): boolean => initializers.get(name)?.dataType === HALF;
  return nodes.some(
    ({ op, inputs, attributes }) =>
      rounding.has(op) || (op === 'Cast' ? attributes.get('to') === HALF : inputs.some(half)),
  );
}
