/** What presets of several base models have in common; a preset is made from these and its own. */
import { configVersion } from './values';

/** Fields of all base models that presets do not differ in. */
export const shared = {
  version: configVersion,
  seed: 1,
  conditioning: { rampStart: 0.08, rampEnd: 0.16 },
  clipHead: { weight: 1, startFraction: 0.1, startMaxKimg: 500, rampFraction: 0.05, tokenHeads: 'eyes' },
  partition: { imagesPerCluster: 40, maxClusters: 8, clustersPerClass: 0, hardDrawProbability: 0.5 },
  ablation: {
    labeledOnly: false,
    conditions: 'soft',
    prompts: 'clusters',
    conditionFromStart: false,
    jointLogit: false,
  },
  sampleColumns: 8,
} as const;

/** How prompts learn. */
export const prompts = {
  contextLength: 16,
  recipe: 'adam',
  epochs: 0,
  batch: 0,
  adamRate: 0.4,
  rate: 0.002,
  slotChunk: 32,
  refreshKimg: 0,
} as const;

/** Adaptive augmentation, where it is chosen. */
export const ada = { mode: 'diffAugment', adaTarget: 0.6, adaKimg: 500 } as const;
