// What the quality card says: every number with its features, "FID" only where it is one, and no comparison of what
// cannot be compared.
import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../../session/evaluation/evaluation';
import { evaluationOf } from '../../session/evaluation/evaluation.testing';
import { comparable } from './MetricsHistory';
import { factsOf } from './MetricsResult';

const names = (found: Evaluation): string[] => factsOf(found).map(({ name }) => name);

describe('the facts of a measurement', () => {
  it('name the features that they stand on', () => {
    expect(names(evaluationOf()).slice(0, 2)).toEqual([
      'FD on ResNet-50 (ImageNet) features',
      'KID on ResNet-50 (ImageNet) features',
    ]);
    expect(names(evaluationOf({ comparableWithInceptionFid: true }))[0]).toBe('FID');
    expect(factsOf(evaluationOf())[1]?.value).toBe('0.5 ± 0.01');
  });

  it('say what was not measured, and why', () => {
    const facts = factsOf(evaluationOf({ frechet: null, kid: null }));
    expect(facts.slice(0, 2).map(({ value }) => value)).toEqual(['not measured', 'not measured']);
    expect(facts.find(({ name }) => name === 'Right class')).toEqual({
      name: 'Right class',
      value: 'not measured',
      meaning: 'Too few labels.',
    });
    expect(names(evaluationOf())).not.toContain('Suspected copies');
  });

  it('put the accuracy on held-out reals beside that on samples', () => {
    const classifier = {
      name: 'linear probe',
      trainedOn: 40,
      heldOut: 10,
      accuracyOnReals: 0.9,
      accuracyOnSamples: 0.7,
      samples: 250,
    };
    const fact = factsOf(evaluationOf({ classifier, classifierReason: '' })).find(({ name }) => name === 'Right class');
    expect(fact?.value).toMatch(/^70/);
    expect(fact?.meaning).toContain('90');
  });
});

describe('the history', () => {
  it('joins only measurements by one judge over one number of samples, in the order of training', () => {
    const [late, early] = [evaluationOf({ kimg: 5 }), evaluationOf({ kimg: 2 })];
    const fewer = evaluationOf({ counts: { reals: 100, samples: 1000, labeledReals: 50 } });
    const other = evaluationOf({ featureNetwork: { ...late.featureNetwork, hash: 'b' } });
    expect(comparable([late, fewer, other, early])).toEqual([early, late]);
    expect(comparable([])).toEqual([]);
  });
});
