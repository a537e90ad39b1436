/**
 * How large the networks of a configuration are, worked out from its numbers alone, so that the page can say so before
 * anything is built. The counts follow src/nn/biggan to the last parameter (a test compares them); memory is a rough
 * estimate.
 */
import { discriminatorBlocks, generatorBlocks } from '../nn/biggan/layout';
import type { RunConfig } from '../shared/config';

export interface ModelSize {
  generatorParameters: number;
  discriminatorParameters: number;
  /**
   * GPU memory of both networks in training, without CLIP: weights, gradients, Adam's moments, average, activations.
   */
  bytes: number;
}

/**
 * Number of clusters that a data set leads to, where labels and classes are spread evenly (docs/method.md, section 2).
 */
export function expectedSlots(config: RunConfig, classCount: number, imageCount: number): number {
  const { imagesPerCluster, maxClusters, clustersPerClass } = config.partition;
  if (clustersPerClass > 0) return classCount * clustersPerClass;
  const perClass = Math.round(imageCount / Math.max(1, classCount) / imagesPerCluster);
  return classCount * Math.min(maxClusters, Math.max(1, perClass));
}

/** Self-attention of a block with so many channels: queries, keys, values, output and gamma. */
function attentionParameters(channels: number): number {
  return 10 * channels * Math.max(1, Math.floor(channels / 8)) + 1;
}

/** `rows`: classes + slots, the rows of the embedding tables. */
export function generatorParameters({ generator, resolution, attention }: RunConfig, rows: number): number {
  const { width, latent, embedding } = generator;
  const layout = generatorBlocks({ width, resolution, attention });
  const start = 16 * (layout[0]?.input ?? 0) * (latent + 1);
  const last = layout.at(-1)?.output ?? 0;
  const blocks = layout.map(({ input, output, attention: attends }) => {
    const norms = 2 * (input + output) * (embedding + 1);
    return norms + 10 * input * output + 9 * output ** 2 + (attends ? attentionParameters(output) : 0);
  });
  return rows * embedding + start + sum(blocks) + 2 * last + 27 * last + 3;
}

export function discriminatorParameters({ discriminator, resolution, attention }: RunConfig, rows: number): number {
  const layout = discriminatorBlocks({ width: discriminator.width, resolution, attention });
  const blocks = layout.map(({ input, output, down, attention: attends }, i) => {
    const shortcut = down || input !== output ? input * output : 0;
    return (
      (i > 0 ? input : 0) +
      output +
      9 * (input + output) * output +
      shortcut +
      (attends ? attentionParameters(output) : 0)
    );
  });
  const last = layout.at(-1)?.output ?? 0;
  return sum(blocks) + 2 * last + 1 + rows * last;
}

/**
 * Values that one picture leaves behind for the backward pass: maps kept in a block, each with its channels and area.
 */
function generatorActivations({ generator, resolution, attention }: RunConfig): number {
  return sum(
    generatorBlocks({ width: generator.width, resolution, attention }).map(
      ({ output, side, attention: attends }) => (attends ? 11 : 8) * output * side ** 2,
    ),
  );
}

function discriminatorActivations({ discriminator, resolution, attention }: RunConfig): number {
  const layout = discriminatorBlocks({ width: discriminator.width, resolution, attention });
  return sum(
    layout.map(
      ({ output, side, down, attention: attends }) => (attends ? 9 : 6) * output * (down ? 2 * side : side) ** 2,
    ),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function modelSize(config: RunConfig, classCount: number, imageCount: number): ModelSize {
  const rows = classCount + expectedSlots(config, classCount, imageCount);
  const [g, d] = [generatorParameters(config, rows), discriminatorParameters(config, rows)];
  // Generator: weight, gradient, two moments, average. Discriminator: without the average.
  const weights = 5 * g + 4 * d;
  // A discriminator step sees a real and a generated batch; the generator step runs through both networks.
  const activations = config.batch * (generatorActivations(config) + 2 * discriminatorActivations(config));
  return { generatorParameters: g, discriminatorParameters: d, bytes: 4 * (weights + activations) };
}

/** Pictures from which ADA is proposed in place of DiffAugment (docs/method.md, section 7). */
const adaImages = 1000;

/** The augmentation that suits a data set of this size. */
export function proposedAugment(imageCount: number): RunConfig['augment']['mode'] {
  return imageCount < adaImages ? 'diffAugment' : 'ada';
}
