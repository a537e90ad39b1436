/**
 * Whether a text tower never looks past a text's end token, so that texts may stop there: every attention is causal,
 * nothing else mixes tokens, and the embedding is read at the first end token alone. Read off the twin's graph, built
 * for texts of different lengths; names of models and configurations prove nothing (SigLIP's tower is not causal, and
 * read at its last position).
 */
import { madeBy, madeByBinary, topological, type TwinOp, type Value } from './graph';

/** Operators that keep to one token, wherever they stand in a tower. */
const tokenwise = new Set<TwinOp['kind']>([
  'input',
  'reshape',
  'transpose',
  'expand',
  'slice',
  'binary',
  'unary',
  'activation',
  'linear',
  'layerNorm',
]);

function looksBackOnly(value: Value): boolean {
  const op = value.producer?.op;
  if (!op) return true;
  if (op.kind === 'attention' || op.kind === 'jointAttention') return op.causal;
  if (op.kind === 'reduce') return op.axes.every((axis) => axis === value.shape.length - 1);
  return tokenwise.has(op.kind);
}

/**
 * Where a sum over tokens picks one of each text: `sum(x * selection)` with a selection [texts, tokens, 1] of one 1 a
 * text.
 */
function pickedPositions(value: Value, texts: number, tokens: number): number[] | null {
  const sum = madeBy(value, 'reduce');
  const selection = sum?.op.fn === 'sum' ? madeByBinary(sum.x, 'mul')?.b.constant : null;
  if (!selection || selection.dims.join() !== `${texts},${tokens},1`) return null;
  return Array.from({ length: texts }, (_, text) =>
    selection.data.subarray(text * tokens, (text + 1) * tokens).indexOf(1),
  );
}

/**
 * @param embedding of the tower's graph, built for `ends.length` texts of different lengths, `tokens` long with padding
 * @param ends position of each text's first end token
 */
export function readsNothingPast(embedding: Value, ends: readonly number[], tokens: number): boolean {
  const order = topological([embedding]);
  const picked = order.find((value) => pickedPositions(value, ends.length, tokens)?.join() === ends.join());
  if (!picked) return false;
  const before = topological([picked]);
  // Nothing else of the sequence may reach the embedding: all ways go through the picked tokens.
  const inside = new Set(before);
  const after = order.filter((value) => !inside.has(value));
  if (
    after.some((value) =>
      value.producer?.inputs.some((input) => input !== picked && !input.constant && inside.has(input)),
    )
  )
    return false;
  const attention = before.filter(
    (value) => value.producer?.op.kind === 'attention' || value.producer?.op.kind === 'jointAttention',
  );
  return attention.length > 0 && before.every((value) => value === picked || looksBackOnly(value));
}
