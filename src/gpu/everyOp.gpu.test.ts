import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importsOf } from '../../scripts/syntax.mjs';
import { checkOp } from './testing/checkOp';
import { opTable } from './testing/opTable';
import { overrideTuning } from './tuning';

/** Exported by op folders, used above, and not an operation with derivatives. */
const others = new Set([
  'SpectralArena', // state; its own tests check the gradient that it transforms
  'logitMeans', // figures to show
  'adaDraws',
  'adaBgc',
  'binomial4',
  'resizeMatrix',
]);

const layers = import.meta.glob<string>(['../{nn,clip,lcp,metrics,session}/**/*.ts', '!**/*.test.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Folders of gpu that hold no operations: they compile, tune, check or keep. */
const noOps = new Set('adam autotune capture dataset device gemm kernel random selfTest testing'.split(' '));

/** Names of values that the layers above import from op folders. */
function importedOps(): Set<string> {
  const names = Object.entries(layers).flatMap(([path, source]) =>
    importsOf(path, source).flatMap(({ from, names: taken }) => {
      const parts = from.split('/').filter((part) => part !== '..');
      const [top, folder = '', file] = parts;
      return from.startsWith('../') && top === 'gpu' && file !== undefined && !noOps.has(folder) ? taken : [];
    }),
  );
  return new Set(names);
}

describe('every operation that models use', () => {
  it('is in the table', () => {
    const checked = new Set(opTable.map(([name]) => name));
    const used = [...importedOps()];
    expect(used.length).toBeGreaterThan(10);
    expect(used.filter((name) => !checked.has(name) && !others.has(name))).toEqual([]);
  });
});

// Second derivatives in the settings for GPUs and in those for Vulkan on a CPU; in the mixed ones the kernels alone.
for (const workgroupMemory of [false, true]) {
  for (const bakeShapes of [false, true]) {
    const order = workgroupMemory === bakeShapes ? 2 : 1;
    describe(`${workgroupMemory ? 'with' : 'without'} workgroup memory, shapes ${bakeShapes ? 'in the code' : 'in a uniform'}`, () => {
      beforeEach(() => overrideTuning({ workgroupMemory, bakeShapes, wantedWorkgroups: workgroupMemory ? 264 : 8 }));
      afterEach(() => overrideTuning({}));
      for (const [name, check] of opTable)
        it(`${name} equals its float64 reference, order ${order}`, () => checkOp({ ...check, order }));
    });
  }
}
