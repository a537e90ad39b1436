/**
 * How large the networks of a configuration are, worked out from its numbers alone, so that the page can say so before anything is built. The
 * counts follow src/nn/biggan to the last parameter (a test compares them); memory is a rough estimate.
 */
import type { RunConfig } from '../shared/config';

export interface ModelSize {
  generatorParameters: number;
  discriminatorParameters: number;
  /** GPU memory of both networks in training, without CLIP: weights, gradients, Adam's moments, average, activations. */
  bytes: number;
}

/** Number of clusters that a data set leads to, where labels and classes are spread evenly (algorithm.md, section 2). */
export function expectedSlots(config: RunConfig, classCount: number, imageCount: number): number {
  const { imagesPerCluster, maxClusters } = config.partition;
  const perClass = Math.round(imageCount / Math.max(1, classCount) / imagesPerCluster);
  return classCount * Math.min(maxClusters, Math.max(1, perClass));
}

/** `rows`: classes + slots, the rows of the embedding tables. */
export function generatorParameters({ generator }: RunConfig, rows: number): number {
  const { width, latent, embedding } = generator;
  const condition = rows * embedding + embedding * 12 * width + 12 * width;
  const start = latent * 16 * width + 16 * width;
  const blocks = 3 * (9 + 9 + 1) * width ** 2;
  return condition + start + blocks + 2 * width + 27 * width + 3;
}

export function discriminatorParameters({ discriminator }: RunConfig, rows: number): number {
  const { width } = discriminator;
  const convolutions = (9 + 19 + 18 + 18) * width ** 2 + 30 * width;
  return convolutions + 8 * width + width + 1 + rows * width;
}

/** Values that one picture leaves behind for the backward pass, for each channel: maps kept in a block times their area. */
const generatorMaps = 8 * (8 ** 2 + 16 ** 2 + 32 ** 2);
const discriminatorMaps = 5 * 32 ** 2 + 8 * 16 ** 2 + 12 * 8 ** 2;

export function modelSize(config: RunConfig, classCount: number, imageCount: number): ModelSize {
  const rows = classCount + expectedSlots(config, classCount, imageCount);
  const [g, d] = [generatorParameters(config, rows), discriminatorParameters(config, rows)];
  // Generator: weight, gradient, two moments, average. Discriminator: without the average.
  const weights = 5 * g + 4 * d;
  // A discriminator step sees a real and a generated batch; the generator step runs through both networks.
  const activations = config.batch * (generatorMaps * config.generator.width + 2 * discriminatorMaps * config.discriminator.width);
  return { generatorParameters: g, discriminatorParameters: d, bytes: 4 * (weights + activations) };
}
