/**
 * The self-test runs every kernel that a source names, those too that no operation runs (optimizer, data set, spectral
 * norms). In Node alone: the sources are read by a parser.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kernelLabels } from '../../scripts/syntax.mjs';
import { laneCount } from './gemm/lanes';
import { kernelsOfSelfTest, selfTestExceptions } from './testing/selfTestKernels';
import { testEngine } from './testing/testEngine';
import { overrideTuning } from './tuning';

const sources = import.meta.glob<string>(['./**/*.ts', '!./**/*.test.ts', '!./testing/**'], {
  query: '?raw',
  import: 'default',
  eager: true,
});
const named = [...new Set(Object.entries(sources).flatMap(([path, source]) => kernelLabels(path, source)))];

describe.each([false, true])('the self-test, workgroup memory %s', (workgroupMemory) => {
  beforeEach(() => overrideTuning({ workgroupMemory, bakeShapes: false }));
  afterEach(() => overrideTuning({}));

  it('runs every kernel that the sources name, or there is a reason', async () => {
    const { backend } = await testEngine();
    const checked = kernelsOfSelfTest(backend);
    const onVectorRegisters = !workgroupMemory && laneCount(backend.device) > 0;
    expect(named).toEqual(
      expect.arrayContaining([
        'adam.update',
        'attention.forward',
        'bias',
        'ema.update',
        'dataset.gather',
        'spectralArena.back',
        'logitMeans',
        'softmax.gradient',
        ...Object.keys(selfTestExceptions),
      ]),
    );
    expect(named.filter((name) => !checked.has(name) && !(name in selfTestExceptions))).toEqual(
      onVectorRegisters ? [] : ['attention.backwardKeys'],
    );
    expect(Object.keys(selfTestExceptions).filter((name) => checked.has(name))).toEqual([]);
  });
});
