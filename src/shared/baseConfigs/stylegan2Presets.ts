/**
 * Presets of StyleGAN2-ADA: sizes for the studio's own data sets, by what a machine can bear, and two of the public
 * configurations (docs/method.md, section 7).
 */
import { ada, prompts, shared } from './presetParts';

const optimizer = { generatorRate: 2.5e-3, discriminatorRate: 2.5e-3, beta1: 0, beta2: 0.99, epsilon: 1e-8 } as const;
const augment = {
  ...ada,
  mode: 'ada',
  color: true,
  translation: true,
  cutout: true,
  consistency: 0,
  horizontalFlip: true,
} as const;

const styleGan2 = {
  ...shared,
  base: 'stylegan2',
  resolution: 32,
  batch: 64,
  discriminatorSteps: 1,
  generator: { latent: 512, mappingLayers: 2, joined: false },
  discriminator: { residual: false },
  deviationGroup: 4,
  // clip-lit as its critic left speckles; heads on the maps inside it were not tried here.
  clipHead: { ...shared.clipHead, tokenHeads: 'critic' },
  // As in the public configuration for CIFAR-10.
  styleMixing: 0,
  parts: 1,
  optimizer,
  augment,
  prompts,
} as const;

export const styleGan2Presets = {
  stylegan2Tiny: {
    ...styleGan2,
    preset: 'stylegan2Tiny',
    kimg: 4,
    batch: 8,
    channels: { base: 512, most: 32 },
    generator: { latent: 32, mappingLayers: 2, joined: false },
    r1: { gamma: 0.05, every: 16, parts: 1 },
    ema: { halfLifeKimg: 0.3, startKimg: 0.4, rampUp: 0 },
    // In so short a run adaptive augmentation would not get under way.
    augment: { ...augment, mode: 'diffAugment' },
  },
  stylegan2: {
    ...styleGan2,
    preset: 'stylegan2',
    kimg: 1000,
    channels: { base: 4096, most: 512 },
    r1: { gamma: 0.05, every: 16, parts: 1 },
    ema: { halfLifeKimg: 20, startKimg: 0, rampUp: 0.05 },
  },
  stylegan2Large: {
    ...styleGan2,
    preset: 'stylegan2Large',
    kimg: 3000,
    channels: { base: 8192, most: 512 },
    r1: { gamma: 0.05, every: 16, parts: 1 },
    ema: { halfLifeKimg: 20, startKimg: 0, rampUp: 0.05 },
  },
  stylegan2Cifar: {
    ...styleGan2,
    preset: 'stylegan2Cifar',
    kimg: 25_000,
    channels: { base: 32_768, most: 512 },
    deviationGroup: 32,
    r1: { gamma: 0.01, every: 16, parts: 1 },
    ema: { halfLifeKimg: 500, startKimg: 0, rampUp: 0.05 },
    augment: { ...augment, horizontalFlip: false },
  },
  stylegan2Auto: {
    ...styleGan2,
    preset: 'stylegan2Auto',
    resolution: 128,
    kimg: 5000,
    batch: 32,
    channels: { base: 16_384, most: 512 },
    discriminator: { residual: true },
    styleMixing: 0.9,
    // gamma = 0.0002 resolution^2 / batch; half-life = batch 10 / 32 kimg.
    r1: { gamma: 0.1024, every: 16, parts: 1 },
    ema: { halfLifeKimg: 10, startKimg: 0, rampUp: 0.05 },
  },
} as const;
