/**
 * The transformer blocks of an image tower, found in the twin's graph by what they do: a block begins where the result
 * of an attention is added to what went into it, and ends before the next one begins. Their results are maps of tokens,
 * one vector a patch.
 */
import { slice, reshape, transpose } from './buildMoving';
import { madeByBinary, topological, type Value } from './graph';
import { sameShape } from './shape';

/** Where the tokens lie in a block's result, worked out on the graph for one picture. */
export interface BlockLayout {
  /** Number of blocks. */
  readonly count: number;
  /** Patches down and across. */
  readonly grid: readonly [number, number];
  /** 'bt': [n, T, w]. 'tb': [T, n, w]. 'rows': [n * T, w]. 'map': [n, h, w, channels]. */
  readonly form: 'bt' | 'tb' | 'rows' | 'map';
  /** Tokens before those of the patches (the class token). */
  readonly leading: number;
}

const attends = new Set(['attention', 'jointAttention', 'softmax']);

/** Everything that `value` is computed from, itself included, not going past `stop`. */
function ancestors(value: Value, stop?: Value): Set<Value> {
  const seen = new Set<Value>([value]);
  const stack = [value];
  for (let at = stack.pop(); at; at = stack.pop()) {
    for (const input of at === stop ? [] : (at.producer?.inputs ?? [])) {
      if (seen.has(input)) continue;
      seen.add(input);
      stack.push(input);
    }
  }
  return seen;
}

/** What `sum` adds to its own input, or null where it is no residual sum. */
function residualBranch(sum: Value): Set<Value> | null {
  const terms = madeByBinary(sum, 'add');
  if (!terms || terms.a.constant || terms.b.constant || !sameShape(terms.a.shape, terms.b.shape)) return null;
  for (const [base, branch] of [[terms.a, terms.b] as const, [terms.b, terms.a] as const]) {
    const inside = ancestors(branch, base);
    if (inside.has(base)) return inside;
  }
  return null;
}

/**
 * Results of the blocks, first to last. Sums of another shape than the first attention's (pooling heads) are not
 * counted.
 */
export function blockResults(output: Value): Value[] {
  const results: Value[] = [];
  let shape: readonly number[] | null = null;
  for (const value of topological([output])) {
    const branch = residualBranch(value);
    if (!branch) continue;
    const attention = [...branch].some((part) => attends.has(part.producer?.op.kind ?? ''));
    if (attention) shape ??= value.shape;
    if (!shape || !sameShape(value.shape, shape)) continue;
    if (attention) results.push(value);
    else results[results.length - 1] = value;
  }
  return results;
}

/** Patches down and across: the shape of the map that the last convolution before `block` made. */
function gridBefore(block: Value): readonly [number, number] | null {
  let grid: readonly [number, number] | null = null;
  for (const { shape, producer } of topological([block])) {
    if (producer?.op.kind === 'patches' || producer?.op.kind === 'conv')
      grid = [shape[1] as number, shape[2] as number];
  }
  return grid;
}

/** @param output embedding of the graph built for one picture @returns null where there are no blocks of tokens */
export function blockLayout(output: Value): BlockLayout | null {
  const results = blockResults(output);
  const [first] = results;
  if (!first) return null;
  const count = results.length;
  const { shape } = first;
  if (shape.length === 4) return { count, grid: [shape[1] as number, shape[2] as number], form: 'map', leading: 0 };
  const grid = gridBefore(first);
  const form = shape.length === 2 ? 'rows' : shape[0] === 1 ? 'bt' : 'tb';
  const tokens = (form === 'bt' ? shape[1] : shape[0]) as number;
  const leading = grid ? tokens - grid[0] * grid[1] : -1;
  return grid && leading >= 0 && shape.length <= 3 ? { count, grid, form, leading } : null;
}

/** The patches' tokens of a block's result, [n, h * w, width]. */
export function patchTokens(result: Value, batch: number, { grid, form, leading }: BlockLayout): Value {
  const patches = grid[0] * grid[1];
  const width = result.shape.at(-1) as number;
  if (form === 'map') return reshape(result, [batch, patches, width]);
  if (form === 'tb') return transpose(slice(result, 0, leading, patches), [1, 0, 2]);
  const rows = form === 'rows' ? reshape(result, [batch, (result.shape[0] as number) / batch, width]) : result;
  return slice(rows, 1, leading, patches);
}
