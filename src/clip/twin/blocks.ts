/**
 * The blocks of an image tower, found in the twin's graph by what they do. A transformer's begins where the result of an
 * attention is added to what went into it, and ends before the next one begins. A convolutional tower's are its stages:
 * what a convolution that makes the map smaller reads is the result of the stage before it. Results are maps of tokens,
 * one vector a place.
 */
import { slice, reshape, transpose } from './buildMoving';
import { madeByBinary, topological, type Value } from './graph';
import { sameShape } from './shape';

/** Where the tokens lie in a block's result, worked out on the graph for one picture. */
export interface BlockLayout {
  /** Numbers a token. */
  readonly width: number;
  /** Places down and across. */
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
 * Results of the transformer's blocks, first to last. Sums of another shape than the first attention's (pooling heads)
 * are not counted.
 */
export function transformerBlocks(output: Value): Value[] {
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

const convolutions = new Set(['conv', 'depthwise']);

/** Results of a convolutional tower's stages but the last, first to last: each smaller than the one before. */
function convolutionalStages(output: Value): Value[] {
  const results: Value[] = [];
  // The picture itself, and what only recolours it, is no stage.
  const convolved = new Set<Value>();
  for (const value of topological([output])) {
    const { producer, shape } = value;
    const [source] = producer?.inputs ?? [];
    if (!producer || !source) continue;
    const convolves = convolutions.has(producer.op.kind);
    if (convolves || producer.inputs.some((input) => convolved.has(input))) convolved.add(value);
    const read = source.producer?.op.kind === 'pad' ? (source.producer.inputs[0] as Value) : source;
    const smaller = convolves && (shape[1] as number) < (read.shape[1] as number);
    if (smaller && convolved.has(read) && read !== results.at(-1)) results.push(read);
  }
  return results;
}

/** Results of the blocks, first to last; none where none were recognised. */
export function blockResults(output: Value): Value[] {
  const blocks = transformerBlocks(output);
  return blocks.length > 0 ? blocks : convolutionalStages(output);
}

/** Places down and across: the shape of the map that the last convolution before `block` made. */
function gridBefore(block: Value): readonly [number, number] | null {
  let grid: readonly [number, number] | null = null;
  for (const { shape, producer } of topological([block])) {
    if (producer?.op.kind === 'patches' || producer?.op.kind === 'conv')
      grid = [shape[1] as number, shape[2] as number];
  }
  return grid;
}

function layoutOf(result: Value): BlockLayout | null {
  const { shape } = result;
  const width = shape.at(-1) as number;
  if (shape.length === 4) return { width, grid: [shape[1] as number, shape[2] as number], form: 'map', leading: 0 };
  const grid = gridBefore(result);
  const form = shape.length === 2 ? 'rows' : shape[0] === 1 ? 'bt' : 'tb';
  const tokens = (form === 'bt' ? shape[1] : shape[0]) as number;
  const leading = grid ? tokens - grid[0] * grid[1] : -1;
  return grid && leading >= 0 && shape.length <= 3 ? { width, grid, form, leading } : null;
}

/**
 * Layouts of the blocks' results, first to last.
 * @param output embedding of the graph built for one picture
 * @returns empty where there are no blocks, or not all of them are maps of tokens
 */
export function blockLayouts(output: Value): BlockLayout[] {
  const layouts = blockResults(output).map((result) => layoutOf(result));
  const known = layouts.filter((layout) => layout !== null);
  return known.length === layouts.length ? known : [];
}

/** Whether the blocks are the stages of a convolutional tower. */
export const isConvolutional = (output: Value): boolean =>
  transformerBlocks(output).length === 0 && convolutionalStages(output).length > 0;

/**
 * The blocks that token heads look at, counted from 1 (our own choice): of a transformer 4 and 8 of the 12 of a ViT-B,
 * and a third and two thirds of the depth of others; of a convolutional tower the last two stages that are maps, which
 * see parts of things and are still fine enough to say where.
 * @param output embedding of the tower's graph
 */
export function watchedBlocks(output: Value): number[] {
  const { length: depth } = blockLayouts(output);
  const picked = isConvolutional(output) ? [depth - 1, depth] : thirdsOf(depth);
  return [...new Set(picked)].filter((block) => block >= 1 && block <= depth);
}

/** A third and two thirds of a depth. */
export function thirdsOf(depth: number): number[] {
  return [Math.round(depth / 3), Math.round((2 * depth) / 3)];
}

/** A block's result as a map of tokens, [n, h, w, width], without those before the places' (the class token). */
export function tokenMap(result: Value, batch: number, { grid, form, leading, width }: BlockLayout): Value {
  const [height, across] = grid;
  const places = height * across;
  const whole = (rows: Value): Value => reshape(rows, [batch, height, across, width]);
  if (form === 'map') return result;
  if (form === 'tb') return whole(transpose(slice(result, 0, leading, places), [1, 0, 2]));
  const rows = form === 'rows' ? reshape(result, [batch, (result.shape[0] as number) / batch, width]) : result;
  return whole(slice(rows, 1, leading, places));
}
