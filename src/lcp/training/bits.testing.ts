/**
 * What a change of structure must not change: the state after three iterations and the grid drawn then, for settings
 * that between them touch every part of a step. `bench bits` prints hashes (one machine, before and after);
 * `bits.gpu.test.ts` holds magnitudes to recorded ones (any machine).
 */
import type { CommonConfig, RunConfig } from '../../shared/config';
import type { CounterRandom } from '../../shared/rng';
import {
  oneHotRows,
  toyBatch,
  toyClassCount,
  toyConfig,
  toyDataset,
  toyPrompts,
  toySlots,
  toyTokenTower,
  toyTower,
} from './gan.testing';
import { GanTrainer } from './ganTrainer';
import { Sampler } from './sampling';
import { joinedBytes } from '../../shared/joined';

interface BitsCase {
  config: RunConfig;
  clip: 'none' | 'features' | 'tokens';
}

/** lambda = 1 and lambda_clip = 1 from the first iteration on. */
const fromTheStart: Partial<CommonConfig> = {
  conditioning: { rampStart: 0, rampEnd: 0 },
  clipHead: { weight: 1, startFraction: 0, startMaxKimg: 0, rampFraction: 0, tokenHeads: 'none' },
};
const { augment } = toyConfig();

export const bitsCases: Record<string, BitsCase> = {
  plain: { config: toyConfig(), clip: 'none' },
  clip: {
    config: toyConfig({ ...fromTheStart, discriminatorSteps: 2, augment: { ...augment, consistency: 10 } }),
    clip: 'features',
  },
  tokensAda: {
    config: toyConfig({ ...fromTheStart, augment: { ...augment, mode: 'ada', adaKimg: 0.05 } }),
    clip: 'tokens',
  },
};

export interface Bits {
  /** SHA-256 of the names and values of the whole state, and of the grid's bytes; hexadecimal. */
  stateHash: string;
  gridHash: string;
  /** Root of the sum of squares of each set of the state, and of the grid's bytes. */
  norms: Record<string, number>;
}

async function hash(parts: Uint8Array[]): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', joinedBytes(parts)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function norm(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value * value;
  return Math.sqrt(total);
}

const drawConditions = (count: number, random: CounterRandom): Float32Array =>
  oneHotRows(Array.from({ length: count }, () => random.integer(3)));

/** Trains three iterations of a case and draws its grid. */
export async function bitsOf({ config, clip }: BitsCase): Promise<Bits> {
  const dataset = toyDataset();
  const branch = clip === 'tokens' ? toyTokenTower : toyTower;
  const conditioning = clip === 'none' ? null : { branch, promptFeatures: toyPrompts() };
  const trainer = new GanTrainer({ config, slots: toySlots, classCount: toyClassCount, dataset, clip: conditioning });
  const { networks } = trainer;
  const sampler = new Sampler({
    networks,
    slots: toySlots,
    classCount: toyClassCount,
    seed: 1,
    columns: 3,
    batch: config.batch,
    drawConditions,
  });
  for (let i = 0; i < 3; i++) trainer.iterate(toyBatch(config, i));
  const grid = new Uint8Array((await sampler.grid()).rgba);
  const { tensors } = await trainer.exportState();
  const sorted = [...tensors].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const bytes = sorted.flatMap(([name, { data }]) => [
    new TextEncoder().encode(name),
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ]);
  const norms: Record<string, number> = { grid: norm(grid) };
  for (const set of new Set(sorted.map(([name]) => name.split('/')[0] ?? ''))) {
    norms[set] = norm(sorted.filter(([name]) => name.startsWith(`${set}/`)).flatMap(([, { data }]) => [...data]));
  }
  const bits = { stateHash: await hash(bytes), gridHash: await hash([grid]), norms };
  for (const thing of [trainer, dataset]) thing.dispose();
  return bits;
}
