/**
 * One of the two that the `step` bench compares: our networks' adversarial iteration (discriminator, generator, CLIP
 * head, moving average) in a process of its own. Built twice from this source: as it is, and with every module of
 * `src/gpu` replaced by its stock counterpart (`bench/stock`).
 */
import { installNodeGpu } from '../../src/headless/nodeGpu';
import type { Counts } from '../meter';
import { openEngine } from './engine';
import { batchOf, configOf, makeTrainer, type IterationSize } from './iteration';

export interface ContenderOptions extends IterationSize {
  /** On Dawn's null backend: exact counts, no values. */
  nullBackend: boolean;
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
export type Reply = { kind: 'ready' } | { kind: 'account'; account: Account } | { kind: 'iterate'; spent: Spent };

/** Milliseconds of an iteration: of the clock, and of processors, which a software adapter's threads share. */
export interface Spent {
  wall: number;
  processor: number;
}

export async function serve(options: ContenderOptions): Promise<void> {
  const gpu = installNodeGpu(options.nullBackend ? { options: ['backend=null'], calm: false } : {});
  const { meter, adapter, flush, settles } = await openEngine(gpu);
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
    const phases = config.discriminatorSteps + (config.base === 'stylegan2' ? 2 : 1);
    return { adapter, iteration: warm, readback, peakBytes: meter.bytes.peak, phases };
  };
  const answer = async (request: Request): Promise<Reply> => {
    if (request.kind === 'account') return { kind: 'account', account: await account() };
    const [start, used] = [performance.now(), process.cpuUsage()];
    iterate();
    await trainer.readStats();
    const { user, system } = process.cpuUsage(used);
    return { kind: 'iterate', spent: { wall: performance.now() - start, processor: (user + system) / 1000 } };
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
  // The CLIP head's weight is 0 in the first iteration, so the second one is the first of the steps that are measured.
  // Where submits are counted a few more follow: how many there are of a captured step is settled by what its first
  // runs take, one at a time.
  for (let i = 0; i < (options.nullBackend && settles ? 6 : 2); i++) {
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
