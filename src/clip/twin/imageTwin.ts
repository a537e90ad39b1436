/**
 * The image tower as a differentiable function on our GPU operators, built from the same ONNX file that onnxruntime runs. Its
 * graph is fixed in the number of pictures, so it is built once for every batch size that is met; weights are shared by all.
 */
import { readOnnx } from '../../formats/onnx';
import type { Tensor2D, Tensor4D } from '../../gpu/tensor';
import type { ClipModel } from '../model';
import { embeddingOutput, pictureInput } from '../recognize';
import { towerInput } from './buildConv';
import { Value } from './graph';
import { compileProgram, type TwinProgram } from './program';
import { TowerGraph } from './specialize';
import { GpuWeights } from './weights';

export interface ImageTwin {
  readonly imageSize: number;
  /** Width of the embedding. */
  readonly dim: number;
  /**
   * @param pixels [n, s, s, 3] in [0, 1], s = imageSize; normalised inside
   * @returns [n, d], as the model gives it (most do not normalise)
   */
  encode(pixels: Tensor4D): Tensor2D;
  /** Builds the graph for a batch size ahead of its first use. */
  program(batch: number): TwinProgram;
  dispose(): void;
}

/** Throws 'clip-unsupported' where the graph cannot be followed, naming operator and node. */
export function imageTwin(model: ClipModel): Promise<ImageTwin> {
  return Promise.resolve().then(() => build(model));
}

function build(model: ClipModel): ImageTwin {
  const { imageSize, dim, mean, std } = model;
  const graph = readOnnx(model.vision);
  const picture = pictureInput(graph).name;
  const tower = new TowerGraph(graph, embeddingOutput(graph, 'vision').name);
  const weights = new GpuWeights();
  const programs = new Map<number, TwinProgram>();
  const program = (batch: number): TwinProgram => {
    let known = programs.get(batch);
    if (!known) {
      const pixels = Value.of({ kind: 'input' }, [], [batch, imageSize, imageSize, 3]);
      known = compileProgram(tower.specialize(new Map([[picture, towerInput(pixels, mean, std, tower.derived)]])), weights);
      programs.set(batch, known);
    }
    return known;
  };
  // Whatever is not supported shows now, not in the middle of training.
  program(1);
  return {
    imageSize,
    dim,
    program,
    encode(pixels) {
      const [batch, height, width, channels] = pixels.shape;
      if (height !== imageSize || width !== imageSize || channels !== 3) throw new RangeError(`Pictures of [${pixels.shape}] for a tower of ${imageSize} x ${imageSize}.`);
      return program(batch).run(pixels) as Tensor2D;
    },
    dispose() {
      weights.dispose();
      programs.clear();
    },
  };
}
