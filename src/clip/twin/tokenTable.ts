/**
 * The cut at the token embedding: where ids turn into vectors. Above it the text tower is a function of vectors, so
 * that learnt ones can enter; below it is a table in host memory (it is never needed on the GPU).
 */
import type { HostTensor, OnnxNode } from '../../formats/onnx';
import { ancestorsOf } from '../../formats/onnxPrune';
import { notClip } from '../recognize';
import { hostOps } from './hostOps';
import { blockTable } from './quantized';
import type { TowerGraph } from './specialize';

export interface TokenTable {
  /** Name of the value that holds the vectors of a text's tokens, [S, L, w]. */
  readonly value: string;
  readonly vocabulary: number;
  /** w, numbers a token. */
  readonly width: number;
  /** [vocabulary, w] */
  readonly vectors: Float32Array;
}

/** Finds the Gather from the largest table by token ids. Throws 'clip-unsupported' where there is none. */
export function tokenTable(tower: TowerGraph, idsInput: string): TokenTable {
  let best: { node: OnnxNode; table: HostTensor } | null = null;
  for (const [i, node] of tower.nodes.entries()) {
    if (node.op !== 'Gather' && node.op !== 'com.microsoft.GatherBlockQuantized') continue;
    const [tableName = '', indices = ''] = node.inputs;
    const table = tower.constant(tableName);
    if (table?.dims.length !== 2 || tower.constant(indices)) continue;
    if (!ancestorsOf(tower.nodes.slice(0, i), [indices]).has(idsInput)) continue;
    if (!best || table.data.length > best.table.data.length) best = { node, table };
  }
  if (!best) throw notClip('Its text tower has no table of token vectors.');
  const { node, table } = best;
  const gathered = node.outputs[0] ?? '';
  if (node.op !== 'Gather') {
    const [scales, zeros] = [2, 3].map((i) => tower.constant(node.inputs[i] ?? ''));
    if (!scales) throw notClip('Its table of token vectors is stored in a way that is not supported.');
    return describe(gathered, blockTable(node, table, scales, zeros));
  }
  if (table.kind === 'float') return describe(gathered, table);
  // A quantised table is scaled after the lookup: scale it as a whole, and cut after that.
  const scaled = tower.nodes.find((user) => user.op === 'DequantizeLinear' && user.inputs[0] === gathered);
  const dequantize = hostOps['DequantizeLinear'];
  const result =
    scaled && dequantize?.([table, ...scaled.inputs.slice(1).map((name) => tower.constant(name))], scaled)[0];
  if (!scaled || !result) throw notClip('Its table of token vectors is stored in a way that is not supported.');
  return describe(scaled.outputs[0] ?? '', result);
}

function describe(value: string, table: HostTensor): TokenTable {
  const [vocabulary, width] = table.dims as [number, number];
  return { value, vocabulary, width, vectors: table.data as Float32Array };
}
