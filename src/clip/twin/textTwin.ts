/**
 * The text tower as a differentiable function of learnt context vectors (docs/method.md, section 3): every prompt is
 * [start] V_1 .. V_M [class name] "." [end]. Token ids are known ahead, so masks, positions and the place of the end
 * token are constants of the graph. Where the tower is causal and reads its end token (see causality.ts), texts stop
 * after the longest prompt's: nothing further is seen.
 */
import { readOnnx } from '../../formats/onnx';
import { outsideCapture } from '../../gpu/capture/outsideCapture';
import { concat, tensor, tidy, type Tensor2D, type Tensor3D } from '../../gpu/tensor';
import { StudioError } from '../../shared/errors';
import { tokenMask } from '../frozen';
import type { ClipModel } from '../model';
import type { OrtInput } from '../ortSession';
import { embeddingOutput, tokenInputs, type TokenInputs } from '../recognize';
import type { ClipTokenizer } from '../tokenizer';
import { readsNothingPast } from './causality';
import { hostFloats, Value } from './graph';
import type { TowerInspection } from './inspect';
import { compileProgram, evaluated, type TwinProgram } from './program';
import { TowerGraph } from './specialize';
import { tokenTable, type TokenTable } from './tokenTable';
import { GpuWeights } from './weights';

export interface TextTwin {
  /** w, numbers a token vector. */
  readonly width: number;
  /** Width of the embedding. */
  readonly dim: number;
  readonly table: TokenTable;
  /** Whether texts end after the longest prompt instead of being padded to the whole context. */
  readonly stops: boolean;
  /** Vectors of tokens, [n, w] in host memory. */
  tokenEmbedding(ids: readonly number[]): Float32Array;
  /**
   * @param context [S, M, w], learnt vectors of each slot
   * @param classTokens for each slot the ids of its class name (no special tokens); what does not fit into the context
   * is cut
   * @returns [S, d], as the model gives it (most do not normalise)
   */
  encodeContext(context: Tensor3D, classTokens: readonly (readonly number[])[]): Tensor2D;
  /** How such prompts are computed: their length in tokens, and the number of operators by kind. */
  describe(
    contextLength: number,
    classTokens: readonly (readonly number[])[],
  ): { tokens: number; operators: TwinProgram['operators'] };
  /**
   * Opens the tower up, to find where it differs from onnxruntime.
   * @param context token ids in the place of the learnt vectors
   */
  inspect(context: readonly number[], classTokens: readonly (readonly number[])[]): TowerInspection;
  dispose(): void;
}

interface Prompts {
  tokens: number;
  program: TwinProgram;
  start: ReturnType<GpuWeights['get']>;
  tail: ReturnType<GpuWeights['get']>;
}

/** Throws 'clip-missing' without a text tower, 'clip-unsupported' where its graph cannot be followed. */
export function textTwin(model: ClipModel): Promise<TextTwin> {
  return Promise.resolve().then(() => build(model));
}

function build(model: ClipModel): TextTwin {
  const { text, tokenizer } = model;
  if (!text || !tokenizer) {
    throw new StudioError({
      code: 'clip-missing',
      what: 'This CLIP has no text tower.',
      why: '',
      action: 'Add its text tower and tokenizer.json, or train without prompts.',
    });
  }
  const graph = readOnnx(text);
  const inputs = tokenInputs(graph);
  const tower = new TowerGraph(graph, embeddingOutput(graph, 'text').name);
  const table = tokenTable(tower, inputs.ids.name);
  const fixed = inputs.ids.dims?.[1];
  const parts: TextParts = { tower, inputs, table, tokenizer };
  const stops = typeof fixed !== 'number' && !model.padToContext && isCausal(parts);
  const length = typeof fixed === 'number' ? fixed : stops ? null : model.contextLength;
  const weights = new GpuWeights();
  const known = new Map<string, Prompts>();
  const prompts = (contextLength: number, classTokens: readonly (readonly number[])[]): Prompts => {
    const key = `${contextLength}|${classTokens.join('|')}`;
    let entry = known.get(key);
    if (!entry) {
      const rows = promptIds(tokenizer, contextLength, classTokens, length);
      entry = compilePrompts(parts, rows, contextLength, stops, weights);
      known.set(key, entry);
    }
    return entry;
  };
  return {
    width: table.width,
    dim: model.dim,
    table,
    stops,
    describe(contextLength, classTokens) {
      const { tokens, program } = prompts(contextLength, classTokens);
      return { tokens, operators: program.operators };
    },
    tokenEmbedding: (ids) => lookUp(table, ids),
    encodeContext(context, classTokens) {
      const [slots, contextLength, width] = context.shape;
      if (slots !== classTokens.length || width !== table.width)
        throw new RangeError(`Context [${context.shape}] for ${classTokens.length} prompts of width ${table.width}.`);
      const { program, start, tail } = prompts(contextLength, classTokens);
      return tidy(() => program.run(concat([start, context, tail], 1)) as Tensor2D);
    },
    inspect(context, classTokens) {
      const rows = promptIds(tokenizer, context.length, classTokens, length).map((row) => [
        row[0] as number,
        ...context,
        ...row.slice(1 + context.length),
      ]);
      const { given, feeds, dims } = textInputs(parts, rows, stops);
      return {
        nodes: tower.nodes,
        values: tower.trace(given),
        output: tower.output,
        feeds,
        evaluate: (value) =>
          evaluated(value, weights, () => tensor(lookUp(table, rows.flat()), [...dims, table.width])),
      };
    },
    dispose() {
      weights.dispose();
      known.clear();
    },
  };
}

function lookUp(table: TokenTable, ids: readonly number[]): Float32Array {
  const rows = new Float32Array(ids.length * table.width);
  for (const [i, id] of ids.entries()) {
    if (id < 0 || id >= table.vocabulary) throw new RangeError(`Token ${id} of ${table.vocabulary}.`);
    rows.set(table.vectors.subarray(id * table.width, (id + 1) * table.width), i * table.width);
  }
  return rows;
}

/**
 * Token ids of every prompt, equally long. Where the learnt vectors enter stands the full stop: a token that no mask or
 * pooling looks for.
 */
export function promptIds(
  tokenizer: ClipTokenizer,
  contextLength: number,
  classTokens: readonly (readonly number[])[],
  length: number | null,
): number[][] {
  const { startId, endId, padId } = tokenizer;
  const stop = tokenizer.encodeWords('.');
  const room = tokenizer.contextLength - contextLength - stop.length - 2;
  if (room < 1)
    throw new RangeError(
      `${contextLength} context vectors leave no room for a class name in ${tokenizer.contextLength} tokens.`,
    );
  const context = Array.from({ length: contextLength }, () => stop[0] as number);
  const rows = classTokens.map((name) => [startId, ...context, ...name.slice(0, room), ...stop, endId]);
  const longest = length ?? rows.reduce((most, row) => Math.max(most, row.length), 0);
  return rows.map((row) => [...row, ...Array.from({ length: longest - row.length }, () => padId)]);
}

interface TextParts {
  tower: TowerGraph;
  inputs: TokenInputs;
  table: TokenTable;
  tokenizer: ClipTokenizer;
}

/**
 * The tower's inputs for these texts, for the twin and for onnxruntime.
 * @param unmasked padding is not hidden: it lies behind what a causal tower reads
 */
function textInputs(
  { inputs, table, tokenizer }: TextParts,
  rows: readonly number[][],
  unmasked: boolean,
): { given: Map<string, Value>; feeds: Record<string, OrtInput>; dims: [number, number] } {
  const dims: [number, number] = [rows.length, rows[0]?.length ?? 0];
  const length = dims[1];
  const ids = Int32Array.from(rows.flat());
  const integers = new Map<string, Int32Array>([[inputs.ids.name, ids]]);
  if (inputs.mask !== null)
    integers.set(inputs.mask, unmasked ? new Int32Array(ids.length).fill(1) : tokenMask(ids, length, tokenizer.endId));
  for (const name of inputs.others)
    integers.set(
      name,
      ids.map((_, i) => (/position/i.test(name) ? i % length : 0)),
    );
  const given = new Map([...integers].map(([name, data]) => [name, Value.constant({ kind: 'int', dims, data })]));
  given.set(table.value, Value.of({ kind: 'input' }, [], [...dims, table.width]));
  return {
    given,
    feeds: Object.fromEntries([...integers].map(([name, data]) => [name, { kind: 'int' as const, data, dims }])),
    dims,
  };
}

const specialized = (parts: TextParts, rows: readonly number[][], unmasked: boolean): Value =>
  parts.tower.specialize(textInputs(parts, rows, unmasked).given);

/** Tried on two prompts of different lengths. */
function isCausal(parts: TextParts): boolean {
  const { tokenizer } = parts;
  const word = tokenizer.encodeWords('a').slice(0, 1);
  const rows = promptIds(tokenizer, 1, [word, [...word, ...word, ...word]], null);
  return readsNothingPast(
    specialized(parts, rows, true),
    rows.map((row) => row.indexOf(tokenizer.endId)),
    rows[0]?.length ?? 0,
  );
}

function compilePrompts(
  parts: TextParts,
  rows: readonly number[][],
  contextLength: number,
  unmasked: boolean,
  weights: GpuWeights,
): Prompts {
  const { table } = parts;
  const [slots, length] = [rows.length, rows[0]?.length ?? 0];
  const vectors = (from: number, to: number): ReturnType<GpuWeights['get']> =>
    weights.get(
      hostFloats(
        [slots, to - from, table.width],
        lookUp(
          table,
          rows.flatMap((row) => row.slice(from, to)),
        ),
      ),
    );
  return outsideCapture(() => ({
    tokens: length,
    program: compileProgram([specialized(parts, rows, unmasked)], weights),
    start: vectors(0, 1),
    tail: vectors(1 + contextLength, length),
  }));
}
