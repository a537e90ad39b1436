/**
 * The image tower as a differentiable function on our GPU operators, built from the same ONNX file that onnxruntime
 * runs. Its graph is fixed in the number of pictures, so it is built once for every batch size that is met; weights are
 * shared by all.
 */
import { readOnnx } from '../../formats/onnx';
import { tensor, type Tensor2D, type Tensor3D, type Tensor4D } from '../../gpu/tensor';
import { StudioError } from '../../shared/errors';
import type { ClipModel } from '../model';
import { toClipInput } from '../preprocess';
import { embeddingOutput, pictureInput } from '../recognize';
import { blockLayout, blockResults, patchTokens, type BlockLayout } from './blocks';
import { towerInput } from './buildConv';
import { Value } from './graph';
import type { TowerInspection } from './inspect';
import { compileProgram, evaluated, type TwinProgram } from './program';
import { TowerGraph } from './specialize';
import { GpuWeights } from './weights';

export interface EmbeddingWithTokens {
  /** [n, d], as `encode` gives it. */
  embedding: Tensor2D;
  /** One for each block asked for, [n, h * w, width]: the patches' tokens, row by row, without the class token. */
  tokens: Tensor3D[];
  /** h and w: patches down and across. */
  grid: readonly [number, number];
}

/** Where other programs find the tokens of some blocks, when they run the same file. */
export interface TokensInFile extends Omit<BlockLayout, 'count'> {
  /** The blocks' results by the names that the file gives them. */
  readonly outputs: readonly string[];
  /** Numbers a token. */
  readonly width: number;
}

export interface ImageTwin {
  readonly imageSize: number;
  /** Width of the embedding. */
  readonly dim: number;
  /** Number of transformer blocks; 0 where none were recognised. */
  readonly blocks: number;
  /**
   * @param pixels [n, s, s, 3] in [0, 1], s = imageSize; normalised inside
   * @returns [n, d], as the model gives it (most do not normalise)
   */
  encode(pixels: Tensor4D): Tensor2D;
  /**
   * The same, and what the tower holds after some of its blocks, all from one pass.
   * @param blocks counted from 1: [4, 8] for the tokens after the fourth and the eighth block
   * @throws StudioError 'clip-unsupported' where the tower has no such block
   */
  encodeWithTokens(pixels: Tensor4D, blocks: readonly number[]): EmbeddingWithTokens;
  /** @returns null where the file has no name for one of the blocks' results (@param blocks counted from 1) */
  tokensInFile(blocks: readonly number[]): TokensInFile | null;
  /** Builds the graph for a batch size ahead of its first use. */
  program(batch: number, blocks?: readonly number[]): TwinProgram;
  /** Opens the tower up, to find where it differs from onnxruntime. @param rgb one picture, [s, s, 3] 8-bit */
  inspect(rgb: Uint8Array): TowerInspection;
  dispose(): void;
}

/** Throws 'clip-unsupported' where the graph cannot be followed, naming operator and node. */
export function imageTwin(model: ClipModel): Promise<ImageTwin> {
  return Promise.resolve().then(() => build(model));
}

function noBlock(block: number, count: number): StudioError {
  return new StudioError({
    code: 'clip-unsupported',
    what: `This CLIP cannot give its tokens after block ${block}.`,
    why:
      count === 0
        ? 'No transformer blocks were found in its image tower.'
        : `Its image tower has ${count} block${count === 1 ? '' : 's'}.`,
    action: 'Use a CLIP with a vision transformer (ViT) of at least that depth, or train without token heads.',
  });
}

function build(model: ClipModel): ImageTwin {
  const { imageSize, dim, mean, std } = model;
  const graph = readOnnx(model.vision);
  const picture = pictureInput(graph).name;
  const tower = new TowerGraph(graph, embeddingOutput(graph, 'vision').name);
  const weights = new GpuWeights();
  const inputs = (batch: number): Map<string, Value> =>
    new Map([
      [
        picture,
        towerInput(Value.of({ kind: 'input' }, [], [batch, imageSize, imageSize, 3]), mean, std, tower.derived),
      ],
    ]);
  const specialized = (batch: number): Value => tower.specialize(inputs(batch));
  // Whatever is not supported shows now, not in the middle of training.
  const single = specialized(1);
  const layout = blockLayout(single);
  const programs = new Map<string, TwinProgram>([['1|', compileProgram([single], weights)]]);
  const program = (batch: number, blocks: readonly number[] = []): TwinProgram => {
    const key = `${batch}|${blocks}`;
    let known = programs.get(key);
    if (!known) {
      const embedding = specialized(batch);
      known = compileProgram([embedding, ...tokensAfter(embedding, batch, blocks, layout)], weights);
      programs.set(key, known);
    }
    return known;
  };
  const check = (pixels: Tensor4D): number => {
    const [batch, height, width, channels] = pixels.shape;
    if (height !== imageSize || width !== imageSize || channels !== 3)
      throw new RangeError(`Pictures of [${pixels.shape}] for a tower of ${imageSize} x ${imageSize}.`);
    return batch;
  };
  return {
    imageSize,
    dim,
    blocks: layout?.count ?? 0,
    program,
    encode: (pixels) => program(check(pixels)).run(pixels) as Tensor2D,
    encodeWithTokens(pixels, blocks) {
      const [embedding, ...tokens] = program(check(pixels), blocks).runAll(pixels);
      return { embedding: embedding as Tensor2D, tokens: tokens as Tensor3D[], grid: layout?.grid ?? [0, 0] };
    },
    tokensInFile: (blocks) => layout && tokensByName(tower.trace(inputs(1)), tower.output, blocks, layout),
    inspect: (rgb) => ({
      nodes: tower.nodes,
      values: tower.trace(inputs(1)),
      output: tower.output,
      feeds: { [picture]: { kind: 'float', data: toClipInput(rgb, model), dims: [1, 3, imageSize, imageSize] } },
      evaluate: (value) =>
        evaluated(value, weights, () =>
          tensor(
            Float32Array.from(rgb, (byte) => byte / 255),
            [1, imageSize, imageSize, 3],
          ),
        ),
    }),
    dispose() {
      weights.dispose();
      programs.clear();
    },
  };
}

function tokensByName(
  values: ReadonlyMap<string, Value>,
  output: string,
  blocks: readonly number[],
  { grid, form, leading }: BlockLayout,
): TokensInFile | null {
  const embedding = values.get(output);
  const results = embedding ? blockResults(embedding) : [];
  const outputs = blocks.map((block) => [...values].find(([, value]) => value === results[block - 1])?.[0]);
  const width = results[0]?.shape.at(-1);
  if (width === undefined || outputs.includes(undefined)) return null;
  return { outputs: outputs.filter((name) => name !== undefined), width, grid, form, leading };
}

function tokensAfter(embedding: Value, batch: number, blocks: readonly number[], layout: BlockLayout | null): Value[] {
  if (blocks.length === 0) return [];
  const results = layout ? blockResults(embedding) : [];
  return blocks.map((block) => {
    const result = results[block - 1];
    if (!layout || !result) throw noBlock(block, results.length);
    return patchTokens(result, batch, layout);
  });
}
