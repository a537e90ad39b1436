/**
 * The judge of classes where there is no evaluation network: a small convolutional network of our own, trained from
 * nothing on the labeled reals, on the GPU that is in use. It knows only these pictures, so it is weaker than a linear
 * probe on good features, and it says so by its accuracy on reals that were held back. Mirrored and shifted copies keep
 * it from learning a few hundred pictures by heart.
 */
import { Adam } from '../../gpu/adam/adam';
import { biasAct } from '../../gpu/biasAct/biasAct';
import { conv2d } from '../../gpu/conv2d/conv2d';
import { dense } from '../../gpu/dense/dense';
import { lossAndGradients, ParameterSet } from '../../gpu/parameter';
import { compileStep } from '../../gpu/capture/plan';
import { avgPool2x } from '../../gpu/resample/avgPool2x';
import { logSoftmax, mean, neg, tensor4d, tidy, type Tensor, type Tensor2D, type Tensor4D } from '../../gpu/tensor';
import { stratifiedFolds } from '../../lcp/labels/labelCrossValidation';
import { weightedSum } from '../../lcp/training/weightedSum';
import { floats, stepInput } from '../../lcp/training/stepInputs';
import { normalInit } from '../../nn/init';
import { CounterRandom } from '../../shared/rng';
import { fewestHeldOut, type ProbeResult } from './evaluateClassifier';

export interface ConvnetInput {
  /** [n, size, size, 3] and [m, size, size, 3] bytes. */
  reals: Uint8Array;
  samples: Uint8Array;
  /** A multiple of 8. */
  size: number;
  /** Class of each real, or -1. */
  labels: Int32Array;
  seed: number;
  /** Most steps; default 800. */
  mostSteps?: number;
  signal?: AbortSignal | undefined;
  onProgress?: (share: number) => void;
}

export const convnetName = 'small network trained on your labels';

const BATCH = 32;
const widths = [3, 16, 32, 64] as const;
const rate = 2e-3;
/** Passes over the labeled pictures, within bounds on the number of steps. */
const passes = 25;
const steps = { least: 150, most: 800 };
/** Stream of batches and augmentation. */
const batchStream = 71;
const initStream = 72;

/** Null where the labels are too few to hold any back. */
export async function convnetProbe({
  reals,
  samples,
  size,
  labels,
  seed,
  mostSteps = steps.most,
  signal,
  onProgress,
}: ConvnetInput): Promise<ProbeResult | null> {
  const labeled = [...labels.keys()].filter((i) => (labels[i] as number) >= 0);
  const present = [...new Set(labeled.map((i) => labels[i] as number))].toSorted((a, b) => a - b);
  if (present.length < 2) return null;
  const targets = Int32Array.from(labeled, (i) => present.indexOf(labels[i] as number));
  const folds = stratifiedFolds(targets, present.length, seed);
  const training = labeled.flatMap((image, i) => (folds[i] === 0 ? [] : [{ image, target: targets[i] as number }]));
  const held = labeled.filter((_, i) => folds[i] === 0);
  if (held.length < fewestHeldOut) return null;
  const network = new Convnet(size, present.length, seed);
  try {
    await network.train(reals, training, { seed, mostSteps, signal, onProgress });
    const one = size * size * 3;
    const heldPixels = new Uint8Array(held.length * one);
    held.forEach((image, row) => heldPixels.set(reals.subarray(image * one, (image + 1) * one), row * one));
    const classes = async (pixels: Uint8Array): Promise<Int32Array> =>
      (await network.classify(pixels, signal)).map((c) => present[c] ?? -1);
    const right = (await classes(heldPixels)).reduce(
      (sum, c, row) => sum + Number(c === labels[held[row] as number]),
      0,
    );
    return {
      trainedOn: training.length,
      heldOut: held.length,
      accuracyOnReals: right / held.length,
      predicted: await classes(samples),
    };
  } finally {
    network.dispose();
  }
}

class Convnet {
  private readonly weights = new ParameterSet('classifier');
  private readonly adam: Adam;

  constructor(
    private readonly size: number,
    private readonly classCount: number,
    seed: number,
  ) {
    if (size % 8 !== 0) throw new RangeError(`pictures of ${size} pixels cannot be halved three times`);
    const random = new CounterRandom(seed, initStream);
    for (let layer = 1; layer < widths.length; layer += 1) {
      const [from, to] = [widths[layer - 1] as number, widths[layer] as number];
      this.weights.add(
        `conv${layer}`,
        [3, 3, from, to],
        normalInit([3, 3, from, to], random, Math.sqrt(2 / (9 * from))),
      );
      this.weights.add(`bias${layer}`, [to], null);
    }
    const last = widths[widths.length - 1] as number;
    this.weights.add('linear', [last, classCount], normalInit([last, classCount], random, Math.sqrt(1 / last)));
    this.weights.add('offset', [classCount], null);
    this.adam = new Adam(this.weights, { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 });
  }

  async train(
    pixels: Uint8Array,
    pictures: readonly { image: number; target: number }[],
    {
      seed,
      mostSteps,
      signal,
      onProgress,
    }: Pick<ConvnetInput, 'seed' | 'signal' | 'onProgress'> & { mostSteps: number },
  ): Promise<void> {
    const { size, classCount } = this;
    const parameters = this.weights.trainable();
    const step = compileStep({
      name: 'classifier',
      inputs: { images: floats(BATCH, size, size, 3), targets: floats(BATCH, classCount) },
      body: (given) => {
        const { value, gradients } = lossAndGradients(
          () => neg(weightedSum(logSoftmax(this.logits(stepInput(given, 'images'))), stepInput(given, 'targets'))),
          parameters,
        );
        this.adam.apply(gradients, { rate });
        return { loss: value };
      },
    });
    const total = Math.min(mostSteps, Math.max(steps.least, Math.ceil((passes * pictures.length) / BATCH)));
    try {
      for (let done = 0; done < total; done += 1) {
        signal?.throwIfAborted();
        step.run(this.batch(pixels, pictures, new CounterRandom(seed, batchStream, done)));
        if (done % 8 === 7 || done === total - 1) await step.readStats();
        onProgress?.((done + 1) / total);
      }
    } finally {
      step.dispose();
    }
  }

  /** Most likely class of each picture, [n]. */
  async classify(pixels: Uint8Array, signal?: AbortSignal): Promise<Int32Array> {
    const { size, classCount } = this;
    const one = size * size * 3;
    const n = pixels.length / one;
    const classes = new Int32Array(n);
    for (let from = 0; from < n; from += BATCH) {
      signal?.throwIfAborted();
      const images = new Float32Array(BATCH * one);
      pixels
        .subarray(from * one, Math.min(n, from + BATCH) * one)
        .forEach((value, i) => (images[i] = value / 127.5 - 1));
      const logits = tidy(() => this.logits(tensor4d(images, [BATCH, size, size, 3])));
      const values = await logits.data();
      logits.dispose();
      for (let row = from; row < Math.min(n, from + BATCH); row += 1)
        classes[row] = strongest(values.subarray((row - from) * classCount, (row - from + 1) * classCount));
    }
    return classes;
  }

  dispose(): void {
    this.adam.dispose();
    this.weights.dispose();
  }

  private logits(images: Tensor): Tensor2D {
    let x = images as Tensor4D;
    for (let layer = 1; layer < widths.length; layer += 1) {
      x = avgPool2x(
        biasAct(conv2d(x, this.variable(`conv${layer}`) as Tensor4D), this.variable(`bias${layer}`), {
          activation: 'relu',
        }),
      );
    }
    return dense(mean(x, [1, 2]), this.variable('linear') as Tensor2D, this.variable('offset'));
  }

  private variable(name: string): Tensor {
    return this.weights.get(name).variable as Tensor;
  }

  /**
   * Random pictures, mirrored or not and shifted by up to an eighth, in [-1, 1], with one-hot targets over the batch's
   * size.
   */
  private batch(
    pixels: Uint8Array,
    pictures: readonly { image: number; target: number }[],
    random: CounterRandom,
  ): { images: Float32Array; targets: Float32Array } {
    const { size, classCount } = this;
    const one = size * size * 3;
    const reach = Math.max(1, Math.floor(size / 8));
    const images = new Float32Array(BATCH * one);
    const targets = new Float32Array(BATCH * classCount);
    for (let row = 0; row < BATCH; row += 1) {
      const { image, target } = pictures[random.integer(pictures.length)] ?? { image: 0, target: 0 };
      const mirrored = random.integer(2) === 1;
      const [dx, dy] = [random.integer(2 * reach + 1) - reach, random.integer(2 * reach + 1) - reach];
      targets[row * classCount + target] = 1 / BATCH;
      for (let y = 0; y < size; y += 1) {
        const fromY = Math.min(size - 1, Math.max(0, y + dy));
        for (let x = 0; x < size; x += 1) {
          const fromX = Math.min(size - 1, Math.max(0, (mirrored ? size - 1 - x : x) + dx));
          for (let c = 0; c < 3; c += 1)
            images[row * one + (y * size + x) * 3 + c] =
              (pixels[image * one + (fromY * size + fromX) * 3 + c] as number) / 127.5 - 1;
        }
      }
    }
    return { images, targets };
  }
}

function strongest(logits: ArrayLike<number>): number {
  let best = 0;
  for (let c = 1; c < logits.length; c += 1) if ((logits[c] as number) > (logits[best] as number)) best = c;
  return best;
}
