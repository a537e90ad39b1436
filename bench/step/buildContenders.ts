/** Bundles the contender twice: with our `src/gpu`, and with `bench/stock` in its place. */
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';

const bench = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(bench);
const gpu = join(root, 'src/gpu');

/** Stock counterpart of each module of `src/gpu` that the networks use; type-only modules need none. */
const counterparts: Record<string, string> = {
  tensor: 'tensor',
  parameter: 'state',
  'adam/adam': 'state',
  'spectralNorm/spectralArena': 'state',
  'capture/plan': 'run',
  'random/random': 'run',
  'dataset/dataset': 'run',
  'capture/outsideCapture': 'run',
  'diffAugment/diffAugment': 'diffAugment',
  'ada/adaAugment': 'adaAugment',
  'upfirdn2d/upfirdn2d': 'fir',
  'resample/avgPool': 'fir',
  'minibatchStd/minibatchStd': 'fir',
  'softmax/softmax': 'fir',
  'embedding/embedding': 'fir',
};
for (const op of [
  'conv2d/conv2d',
  'depthwiseConv2d/depthwiseConv2d',
  'matmul/matmul',
  'biasAct/biasAct',
  'dense/dense',
  'layerNorm/layerNorm',
  'layerNorm/addLayerNorm',
  'attention/attention',
  'attention/jointAttention',
  'batchNorm/conditionalBatchNorm',
  'resample/upsampleNearest2x',
  'resample/avgPool2x',
  'resample/resize',
  'hinge/weightedHinge',
  'hinge/logitMeans',
  'softplus/weightedSoftplus',
  'modulation/scaleChannels',
  'noise/addNoise',
  'split/splitColumns',
  'unitRows/unitRows',
]) {
  counterparts[op] = 'ops';
}
/** Pure functions of numbers, the same for both. */
const shared = new Set(['resample/resizeMatrix', 'ada/draws']);

const stock: Plugin = {
  name: 'stock',
  enforce: 'pre',
  resolveId(source, importer) {
    if (!importer || !source.startsWith('.')) return null;
    const path = resolve(dirname(importer), source);
    if (path === join(bench, 'step/engine')) return join(bench, 'stock/engine.ts');
    if (!path.startsWith(`${gpu}/`)) return null;
    const name = relative(gpu, path);
    if (shared.has(name)) return null;
    const counterpart = counterparts[name];
    if (!counterpart)
      throw new Error(`src/gpu/${name}, imported by ${relative(root, importer)}, has no stock counterpart`);
    return join(bench, 'stock', `${counterpart}.ts`);
  },
};

async function bundle(name: string, plugins: Plugin[]): Promise<string> {
  const outDir = join(root, 'node_modules/.cache/bench');
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    plugins,
    build: {
      ssr: join(bench, 'step/contender.ts'),
      outDir,
      emptyOutDir: false,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  });
  const file = join(outDir, `${name}.mjs`);
  if (!existsSync(file)) throw new Error(`no bundle at ${file}`);
  return file;
}

/** @returns paths of the two bundles */
export async function buildContenders(): Promise<{ ours: string; tfjs: string }> {
  return { ours: await bundle('ours', []), tfjs: await bundle('tfjs', [stock]) };
}

export const modelsFolder = join(root, 'models');
