/**
 * One of the two that the `step` bench compares: our networks' adversarial iteration (discriminator, generator, CLIP head, moving average) in a process of its
 * own. Built twice from this source: as it is, and with every module of `src/gpu` replaced by its stock counterpart (`bench/stock`).
 */
import { CounterRandom } from '../../src/shared/rng';
import { presets, type RunConfig } from '../../src/shared/config';
import type { Slot } from '../../src/shared/domain';
import { folderIo } from '../../src/clip/nodeIo';
import { loadClip } from '../../src/clip/load';
import { imageTwin } from '../../src/clip/twin/imageTwin';
import { GpuDataset } from '../../src/gpu/dataset';
import { GanTrainer } from '../../src/lcp/ganTrainer';
import type { IterationBatch } from '../../src/lcp/trainingBatch';
import { installNodeGpu } from '../../src/headless/nodeGpu';
import type { Counts } from '../meter';
import { openEngine } from './engine';

export interface ContenderOptions {
  /** On Dawn's null backend: exact counts, no values. */
  nullBackend: boolean;
  batch: number;
  width: number;
  models: string;
}

export interface Account {
  adapter: string;
  /** One warm iteration, its statistics not read. */
  iteration: Counts;
  /** One read-back of an iteration's statistics. */
  readback: Counts;
  peakBytes: number;
  /** Captured steps of one iteration. */
  phases: number;
}

export type Request = { kind: 'account' } | { kind: 'iterate' };
export type Reply = { kind: 'ready' } | { kind: 'account'; account: Account } | { kind: 'iterate'; milliseconds: number };

const classes = 4;
const slots: Slot[] = Array.from({ length: 2 * classes }, (_, slot) => ({ slot, classIndex: slot >> 1, cluster: slot & 1 }));
const pictures = 64;

function configOf({ batch, width }: ContenderOptions): RunConfig {
  return {
    ...presets.tiny,
    preset: 'custom',
    batch,
    generator: { ...presets.tiny.generator, width },
    discriminator: { width },
    clipHead: { weight: 1, startFraction: 0, startMaxKimg: 0, rampFraction: 1e-6 },
  };
}

function batchOf(config: RunConfig, iteration: number): IterationBatch {
  const random = new CounterRandom(1, 1, iteration);
  const rows = (): Float32Array => {
    const u = new Float32Array(config.batch * slots.length);
    for (let i = 0; i < config.batch; i++) u[i * slots.length + random.integer(slots.length)] = 1;
    return u;
  };
  const discriminator = Array.from({ length: config.discriminatorSteps }, () => ({
    indices: Int32Array.from({ length: config.batch }, () => random.integer(pictures)),
    flips: Float32Array.from({ length: config.batch }, () => random.integer(2)),
    w: new Float32Array(config.batch).fill(1),
    u: rows(),
    uFake: rows(),
    wWrong: new Float32Array(config.batch).fill(1),
    uWrong: rows(),
  }));
  return { discriminator, generatorConditions: rows() };
}

async function makeTrainer(config: RunConfig, models: string): Promise<GanTrainer> {
  const clip = await loadClip({ kind: 'manifest', id: 'clip-nano' }, folderIo(models), () => {});
  const twin = await imageTwin(clip);
  const random = new CounterRandom(2);
  const dataset = new GpuDataset({ count: pictures, height: 32, width: 32 });
  dataset.set(0, Uint8Array.from({ length: pictures * 3072 }, () => random.integer(256)));
  const promptFeatures = new Float32Array(slots.length * clip.dim);
  for (let slot = 0; slot < slots.length; slot++) promptFeatures[slot * clip.dim + slot] = 1;
  const branch = { encode: twin.encode, imageSize: twin.imageSize, dim: twin.dim };
  return new GanTrainer({ config, slots, classCount: classes, dataset, clip: { branch, promptFeatures } });
}

export async function serve(options: ContenderOptions): Promise<void> {
  const gpu = installNodeGpu(options.nullBackend ? { options: ['backend=null'], calm: false } : {});
  const { meter, adapter, flush } = await openEngine(gpu);
  const config = configOf(options);
  const trainer = await makeTrainer(config, options.models);
  let iteration = 0;
  const iterate = (): void => {
    trainer.iterate(batchOf(config, iteration++));
    flush();
  };
  const account = async (): Promise<Account> => {
    meter.reset();
    iterate();
    const warm = { ...meter.counts };
    meter.reset();
    await trainer.readStats();
    const readback = { ...meter.counts };
    return { adapter, iteration: warm, readback, peakBytes: meter.bytes.peak, phases: config.discriminatorSteps + 1 };
  };
  const answer = async (request: Request): Promise<Reply> => {
    if (request.kind === 'account') return { kind: 'account', account: await account() };
    const start = performance.now();
    iterate();
    await trainer.readStats();
    return { kind: 'iterate', milliseconds: performance.now() - start };
  };
  process.on('message', (request: Request) => {
    answer(request).then(
      (reply) => process.send?.(reply),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  // The CLIP head's weight is 0 in the first iteration, so the second one is the first of the steps that are measured. Where submits are counted a few more
  // follow: how many there are is settled by what the first runs take, one at a time.
  for (let i = 0; i < (options.nullBackend ? 6 : 2); i++) {
    iterate();
    await trainer.readStats();
  }
  process.send?.({ kind: 'ready' } satisfies Reply);
}

const [options = '{}'] = process.argv.slice(2);
serve(JSON.parse(options) as ContenderOptions).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
