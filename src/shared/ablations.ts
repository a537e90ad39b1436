/**
 * The ablations of docs/method.md, section 9, as changes to a configuration: each takes one part of the algorithm out
 * and leaves all else as it is. Whoever compares runs each entry on the same data set, seeds and budget. `labels:
 * 'all'` marks the entry that must be given every picture's true label (a fully labeled copy of the data folder): a
 * configuration cannot know labels that were held back.
 */
import type { RunConfig } from './config';

export interface Ablation {
  /** A few words for tables. */
  title: string;
  /** 'given': the partly labeled data set. 'all': the same pictures with all labels. */
  labels: 'given' | 'all';
  apply: (config: RunConfig) => RunConfig;
}

const switched = (config: RunConfig, changes: Partial<RunConfig['ablation']>): RunConfig => ({
  ...config,
  preset: 'custom',
  ablation: { ...config.ablation, ...changes },
});

/** One cluster a class: conditions name the class only. */
function singleCluster(config: RunConfig): RunConfig {
  return { ...config, preset: 'custom', partition: { ...config.partition, clustersPerClass: 1 } };
}

function withoutClipHead(config: RunConfig): RunConfig {
  return { ...config, preset: 'custom', clipHead: { ...config.clipHead, weight: 0 } };
}

/**
 * The base model alone, conditional on classes, with a projection discriminator: K = 1, no CLIP head, one joint logit,
 * conditioning from the start. What is left of LCP-GAN is the networks' size, the augmentation and the optimizer, which the
 * comparison holds equal. Nothing of it reads prompts, so none are learnt.
 */
export function plainBase(config: RunConfig): RunConfig {
  return switched(singleCluster(withoutClipHead(config)), {
    conditionFromStart: true,
    jointLogit: true,
    prompts: 'imageCentroids',
  });
}

export const ablations = {
  full: { title: 'LCP-GAN', labels: 'given', apply: (config) => config },
  labeledOnly: {
    title: 'labeled images only',
    labels: 'given',
    apply: (config) => switched(config, { labeledOnly: true }),
  },
  singleCluster: { title: 'K = 1', labels: 'given', apply: singleCluster },
  oneHot: { title: 'one-hot u', labels: 'given', apply: (config) => switched(config, { conditions: 'oneHot' }) },
  noClipHead: { title: 'no CLIP head', labels: 'given', apply: withoutClipHead },
  classPrompts: {
    title: 'class prompts only',
    labels: 'given',
    apply: (config) => switched(config, { prompts: 'classes' }),
  },
  imageCentroids: {
    title: 'image centroids in place of prompts',
    labels: 'given',
    apply: (config) => switched(config, { prompts: 'imageCentroids' }),
  },
  conditionFromStart: {
    title: 'lambda = 1 from the start',
    labels: 'given',
    apply: (config) => switched(config, { conditionFromStart: true }),
  },
  /** The same base with the labels that are given: what partial labels alone cost. */
  plainLabeled: {
    title: 'plain base on the labeled images',
    labels: 'given',
    apply: (config) => switched(plainBase(config), { labeledOnly: true }),
  },
  /** The yardstick: the fully supervised base model. */
  oracle: { title: 'fully supervised base (oracle labels)', labels: 'all', apply: plainBase },
} as const satisfies Record<string, Ablation>;

export type AblationId = keyof typeof ablations;
