/**
 * Measuring under Node: the evaluation network from .cache/evaluation (made there if need be), onnxruntime's native
 * library, and products of features through it. One evaluator serves any number of measurements; the reals' features
 * are kept between them and between programs.
 *
 // Or { network: 'resnet50-imagenet-112' }, or the path of an ONNX file
 *   const evaluator = await openEvaluator();
 *   const found = await evaluator.checkpoint(bytes, reals, { samples: 2000, seed: 1 });
 *   await evaluator.close();
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FeatureNetwork, OpenModel } from '../metrics/featureNetwork';
import { openNodeModel } from '../metrics/nodeRuntime';
import { openRuntimeProducts } from '../metrics/products';
import { readCheckpoint } from '../lcp/checkpoint/checkpoint';
import { acquireDevice } from '../gpu/device/device';
import { createEngine } from '../gpu/engine';
import { currentBackend } from '../gpu/current';
import { evaluateSamples, type EvaluateInput, type PictureSet } from '../session/evaluation/evaluate';
import { checkpointGenerator } from '../session/evaluation/evaluateCheckpoint';
import { strongest } from '../session/evaluation/evaluateDraw';
import { openNetwork } from '../session/evaluation/evaluateNetworks';
import type { Evaluation } from '../session/evaluation/evaluation';
import { openFile } from './diskFile';
import { evaluationIo } from './evaluationIo';
import { FileBlobStore } from './fileBlobStore';
import { installNodeGpu } from './nodeGpu';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cacheFolder = join(root, '.cache');

export const defaultNetwork = 'resnet50-imagenet';

/** Makes the embedded network where it is not there yet; says nothing where that fails, since opening it will. */
export function ensureNetwork(): void {
  if (existsSync(join(cacheFolder, 'evaluation', 'resnet50-imagenet-f16.onnx'))) return;
  spawnSync(
    process.execPath,
    [join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs'), join(root, 'scripts', 'evaluationNetwork.ts')],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
}

export interface EvaluatorOptions {
  /** Id in models/evaluation.json, or the path of an ONNX file. */
  network?: string | undefined;
}

export interface Reals {
  /** [n, side, side, 3] bytes, in the data set's order (as a session imports them). */
  pixels: Uint8Array;
  /** True classes where they are known, for accuracy and numbers by class; default the labels in the checkpoint. */
  truth?: Int32Array | undefined;
}

export interface MeasureOptions {
  samples: number;
  seed: number;
  onProgress?: EvaluateInput['onProgress'];
  signal?: AbortSignal;
}

export interface Evaluator {
  network: FeatureNetwork;
  /** Pictures against pictures. */
  pictures(input: Omit<EvaluateInput, 'network' | 'store' | 'products'>): Promise<Evaluation>;
  /** A checkpoint's generator against the pictures that it was trained on (or others, given with `truth`). */
  checkpoint(bytes: Uint8Array, reals: Reals, options: MeasureOptions): Promise<Evaluation>;
  close(): Promise<void>;
}

/** Opens an evaluator; throws 'evaluation-missing' or 'evaluation-unsupported'. */
export async function openEvaluator({ network: wanted = defaultNetwork }: EvaluatorOptions = {}): Promise<Evaluator> {
  const own = wanted.endsWith('.onnx');
  if (wanted.startsWith('resnet50-')) ensureNetwork();
  const open: OpenModel = openNodeModel;
  const network = await openNetwork(
    own ? { kind: 'file', file: await openFile(wanted) } : { kind: 'manifest', id: wanted },
    evaluationIo(),
    open,
  );
  const { products, close } = await openRuntimeProducts(open);
  const store = new FileBlobStore(join(cacheFolder, 'store'));
  const pictures: Evaluator['pictures'] = (input) => evaluateSamples({ ...input, network, store, products });
  return {
    network,
    pictures,
    async checkpoint(bytes, reals, { samples, seed, onProgress, signal }) {
      await ensureEngine();
      const checkpoint = readCheckpoint(bytes);
      const generator = checkpointGenerator(checkpoint);
      const { config, classes, slots, labels } = checkpoint;
      try {
        const shared = {
          size: config.resolution,
          classNames: classes,
          slotNames: slotNames(classes, slots),
          seed,
          kimg: generator.kimg,
          run: checkpoint.clip && {
            clip: checkpoint.clip,
            critic: checkpoint.critic,
            parts: config.clipHead.weight > 0 && config.clipHead.tokenHeads === 'eyes',
          },
        };
        const known =
          labels && reals.pixels.length === labels.given.length * config.resolution ** 2 * 3 ? labels : null;
        const set: PictureSet = {
          pixels: reals.pixels,
          labels:
            reals.truth ?? known?.given ?? new Int32Array(reals.pixels.length / (config.resolution ** 2 * 3)).fill(-1),
        };
        if (known) {
          const { labels: inferred, slots: heaviest } = strongest(known.conditions, slots, known.trust);
          set.slots = heaviest;
          set.classes = reals.truth ?? inferred;
        }
        return await pictures({
          ...shared,
          reals: set,
          samples: { count: samples, generate: (count, drawSeed) => generator.generate(count, drawSeed, signal) },
          ...(onProgress ? { onProgress } : {}),
          ...(signal ? { signal } : {}),
        });
      } finally {
        generator.dispose();
      }
    },
    async close() {
      await network.close();
      await close();
    },
  };
}

export function slotNames(
  classes: readonly string[],
  slots: readonly { classIndex: number; cluster: number }[],
): string[] {
  return slots.map(({ classIndex, cluster }) => `${classes[classIndex] ?? ''} ${cluster + 1}`);
}

/** The engine of this process; one of our own where none is in use. */
async function ensureEngine(): Promise<void> {
  try {
    currentBackend();
    return;
  } catch {
    // None yet.
  }
  await createEngine(await acquireDevice(installNodeGpu()));
}
