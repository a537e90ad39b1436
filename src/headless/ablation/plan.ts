/**
 * Which runs an ablation study consists of: each chosen variant of docs/method.md, section 9, once a seed, on the same
 * pictures and budget. A seed decides everything that is drawn: which labels are kept, the networks' start, batches and
 * latents.
 */
import { ablations, type AblationId } from '../../shared/ablations';
import { parseRunConfig, presets, type Base, type RunConfig } from '../../shared/config';

export const studyPresets = ['tiny', 'short', 'small', 'cifar'] as const;
export type StudyPreset = (typeof studyPresets)[number];

/**
 * What a study costs: the networks and the budget of each run, the samples it is judged by, and the network that
 * judges.
 */
export interface StudySize {
  config: RunConfig;
  samples: number;
  /** Id in models/evaluation.json. */
  network: string;
}

/** The base models' smallest and largest networks, which studies are made of. */
const networks: Readonly<Record<Base, { least: RunConfig; most: RunConfig }>> = {
  biggan: { least: presets.tiny, most: presets.cifar },
  stylegan2: { least: presets.stylegan2Tiny, most: presets.stylegan2Cifar },
};

/**
 * `tiny` proves the machinery and is sized for 40 minutes on two cores: all variants and three seeds on the sample's
 * 520 pictures; `short` is the shortest run that tells variants apart, some ten minutes each there with CLIP; `small`
 * takes hours; `cifar` is the public one of the base model and wants a GPU.
 */
export function studySize(size: StudyPreset, base: Base): StudySize {
  const { least, most } = networks[base];
  const start = { ...least, preset: 'custom' } as const;
  const network = 'resnet50-imagenet-112';
  switch (size) {
    case 'tiny':
      return {
        config: {
          ...start,
          kimg: 0.24,
          ema: { halfLifeKimg: 0.04, startKimg: 0.08, rampUp: 0 },
          prompts: { ...least.prompts, epochs: 2, batch: 32 },
        },
        samples: 200,
        network,
      };
    case 'short':
      return {
        config: { ...start, kimg: 2.8, ema: { halfLifeKimg: 0.08, startKimg: 0.16, rampUp: 0 } },
        samples: 1000,
        network,
      };
    case 'small':
      return {
        config: { ...start, kimg: 8, batch: 16, ema: { halfLifeKimg: 0.6, startKimg: 0.6, rampUp: 0 } },
        samples: 1000,
        network,
      };
    case 'cifar':
      return { config: most, samples: 10_000, network: 'resnet50-imagenet' };
  }
}

export interface PlannedRun {
  variant: AblationId;
  seed: number;
  config: RunConfig;
  /** True: every picture's true label is given. */
  oracle: boolean;
}

export const everyVariant = Object.keys(ablations) as AblationId[];

/** The runs, seed by seed from `first` on, so that a study that is broken off still compares all variants. */
export function planRuns(base: RunConfig, variants: readonly AblationId[], seeds: number, first = 1): PlannedRun[] {
  return Array.from({ length: seeds }, (_, index) => index + first).flatMap((seed) =>
    variants.map((variant) => {
      const { labels, apply } = ablations[variant];
      return { variant, seed, config: parseRunConfig(apply({ ...base, seed })), oracle: labels === 'all' };
    }),
  );
}
