/**
 * A measurement as tests of what shows one need it: 250 samples against 100 reals on ResNet-50 features, with nothing
 * by class.
 */
import type { Evaluation } from './evaluation';

export function evaluationOf(changes: Partial<Evaluation> = {}): Evaluation {
  return {
    version: 1,
    created: '2026-11-22T12:00:00.000Z',
    kimg: 1,
    featureNetwork: {
      id: 'resnet50-imagenet',
      name: 'ResNet-50 (ImageNet)',
      licence: 'MIT',
      hash: 'a',
      dim: 2048,
      inputSize: 224,
      independent: true,
      comparableWithInceptionFid: false,
      note: '',
    },
    counts: { reals: 100, samples: 250, labeledReals: 50 },
    seed: 1,
    k: 5,
    frechet: 120,
    kid: { mean: 0.5, standardError: 0.01, deviation: 0.02, subsets: 50, subsetSize: 50 },
    precision: 0.5,
    recall: 0.4,
    density: 0.9,
    coverage: 0.6,
    perClass: [],
    perCluster: [],
    classifier: null,
    classifierReason: 'Too few labels.',
    copies: null,
    comparableWithInceptionFid: false,
    note: '',
    ...changes,
  };
}
