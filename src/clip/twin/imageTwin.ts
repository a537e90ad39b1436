/**
 * The image tower as a differentiable function on our GPU operators, built from the same ONNX file that onnxruntime
 * runs. Its graph is fixed in the number of pictures, so it is built once for every batch size that is met; weights are
 * shared by all.
 */
import { readOnnx } from '../../formats/onnx';
import { tensor, type Tensor2D, type Tensor4D } from '../../gpu/tensor';
import { StudioError } from '../../shared/errors';
import type { ClipModel } from '../model';
import { toClipInput } from '../preprocess';
import { embeddingOutput, pictureInput } from '../recognize';
import { blockLayouts, blockResults, isConvolutional, tokenMap, watchedBlocks, type BlockLayout } from './blocks';
import { towerInput } from './buildConv';
import { channelsFirst } from './buildMoving';
import { madeBy, Value } from './graph';
import type { TowerInspection } from './inspect';
import { compileProgram, evaluated, type TwinProgram } from './program';
import { TowerGraph } from './specialize';
import { GpuWeights } from './weights';

export interface EmbeddingWithTokens {
  /** [n, d], as `encode` gives it. */
  embedding: Tensor2D;
  /** A map for each block asked for, [n, h, w, width]; without the class token. */
  tokens: Tensor4D[];
}

/** Where other programs find the tokens of a block, when they run the same file. */
export interface TokensInFile extends BlockLayout {
  /** The block's result by the name that the file gives it. */
  readonly output: string;
}

export interface ImageTwin {
  readonly imageSize: number;
  /** Width of the embedding. */
  readonly dim: number;
  /** Number of transformer blocks, or of a convolutional tower's stages but the last; 0 where none were recognised. */
  readonly blocks: number;
  readonly convolutional: boolean;
  /** The blocks that token heads look at, counted from 1, with the numbers a token of each. */
  readonly watched: readonly { readonly block: number; readonly width: number }[];
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
  /** The maps alone: what lies behind the last of them is not computed. */
  encodeTokens(pixels: Tensor4D, blocks: readonly number[]): Tensor4D[];
  /** @returns null where the file has no name for one of the blocks' results (@param blocks counted from 1) */
  tokensInFile(blocks: readonly number[]): TokensInFile[] | null;
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
        ? 'Neither transformer blocks nor convolutional stages were found in its image tower.'
        : `Its image tower has ${count} block${count === 1 ? '' : 's'}.`,
    action: 'Use a CLIP whose image tower is at least that deep, or train without token heads.',
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
  const layouts = blockLayouts(single);
  const watched = watchedBlocks(single).map((block) => ({ block, width: layouts[block - 1]?.width ?? 0 }));
  const programs = new Map<string, TwinProgram>([['1|', compileProgram([single], weights)]]);
  const program = (batch: number, blocks: readonly number[] = [], { embeds = true } = {}): TwinProgram => {
    const key = `${batch}|${blocks}${embeds ? '' : '|alone'}`;
    let known = programs.get(key);
    if (!known) {
      const embedding = specialized(batch);
      const tokens = tokensAfter(embedding, batch, blocks, layouts);
      known = compileProgram(embeds ? [embedding, ...tokens] : tokens, weights);
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
    blocks: layouts.length,
    convolutional: isConvolutional(single),
    watched,
    program,
    encode: (pixels) => program(check(pixels)).run(pixels) as Tensor2D,
    encodeWithTokens(pixels, blocks) {
      const [embedding, ...tokens] = program(check(pixels), blocks).runAll(pixels);
      return { embedding: embedding as Tensor2D, tokens: tokens as Tensor4D[] };
    },
    encodeTokens: (pixels, blocks) => program(check(pixels), blocks, { embeds: false }).runAll(pixels) as Tensor4D[],
    tokensInFile: (blocks) => tokensByName(tower.trace(inputs(1)), tower.output, blocks, layouts),
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
  layouts: readonly BlockLayout[],
): TokensInFile[] | null {
  const embedding = values.get(output);
  const results = embedding ? blockResults(embedding) : [];
  const named = blocks.flatMap((block) => {
    const [result, layout] = [results[block - 1], layouts[block - 1]];
    const name = [...values].find(([, value]) => result && unturned(value) === result)?.[0];
    return layout && name !== undefined ? [{ ...layout, output: name }] : [];
  });
  return named.length === blocks.length ? named : null;
}

/** A map with its channels last, where the file has them first. */
function unturned(value: Value): Value {
  const turned = madeBy(value, 'transpose');
  return turned && turned.op.perm.join() === channelsFirst.join() ? turned.x : value;
}

function tokensAfter(
  embedding: Value,
  batch: number,
  blocks: readonly number[],
  layouts: readonly BlockLayout[],
): Value[] {
  if (blocks.length === 0) return [];
  const results = blockResults(embedding);
  return blocks.map((block) => {
    const [result, layout] = [results[block - 1], layouts[block - 1]];
    if (!layout || !result) throw noBlock(block, layouts.length);
    return tokenMap(result, batch, layout);
  });
}
