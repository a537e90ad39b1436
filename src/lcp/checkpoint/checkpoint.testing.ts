/** What the tests of checkpoints and exports share: a small run's worth of everything, random to the last bit. */
import type { NamedArray } from '../../gpu/parameter';
import { clipHeadPlan } from '../../nn/clipHead';
import type { ParameterPlan } from '../../nn/parameterPlan';
import { presets, type ConfigOf } from '../../shared/config';
import type { Slot } from '../../shared/domain';
import { CounterRandom } from '../../shared/rng';
import { baseFacts } from '../bases/facts';
import type { Checkpoint } from './checkpoint';
import type { TrainerState } from '../training/trainerState';
import { SparseRows } from '../partition/sparseRows';

export const testSlots: Slot[] = [
  { slot: 0, classIndex: 0, cluster: 0 },
  { slot: 1, classIndex: 0, cluster: 1 },
  { slot: 2, classIndex: 1, cluster: 0 },
];
export const testConfig: ConfigOf<'biggan'> = {
  ...presets.tiny,
  preset: 'custom',
  generator: { width: 8, latent: 6, embedding: 5, latentAtBlocks: true },
  discriminator: { width: 4 },
};
export const testDim = 7;
const critic = { id: 'clip-pico', name: 'CLIP pico', hash: 'cd'.repeat(32), dim: 5 };

const conditions = { classCount: 2, slotCount: testSlots.length };
const imageCount = 5;

export function normals(random: CounterRandom, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => random.normal());
}

function normalArray(random: CounterRandom, shape: readonly number[]): NamedArray {
  return {
    shape: [...shape],
    data: normals(
      random,
      shape.reduce((product, side) => product * side, 1),
    ),
  };
}

/** The arrays of one set, `set/name`, and of its optimizer. */
function setOf(
  set: string,
  plan: readonly ParameterPlan[],
  random: CounterRandom,
  withAdam = true,
): [string, NamedArray][] {
  return plan.flatMap(({ name, shape, init }) => {
    const own: [string, NamedArray][] = [[`${set}/${name}`, normalArray(random, shape)]];
    if (init === 'spectral')
      own.push([`${set}/${name.replace(/\.weight$/, '.u')}`, normalArray(random, [shape.at(-1) ?? 1])]);
    if (withAdam)
      own.push(
        [`${set}Adam/m.${name}`, normalArray(random, shape)],
        [`${set}Adam/v.${name}`, normalArray(random, shape)],
      );
    return own;
  });
}

const headPlan = (dim: number): ParameterPlan[] => clipHeadPlan({ dim, promptDim: testDim, tokens: [] });

/** A trainer's state with random numbers everywhere, some of them special. */
function randomState(random: CounterRandom, headDim: number | null): TrainerState {
  const plans = baseFacts(testConfig).plans(testConfig, conditions);
  const progress = (set: string): [string, NamedArray] => [
    `${set}Adam/progress`,
    { shape: [4], data: normals(random, 4) },
  ];
  const tensors = new Map<string, NamedArray>([
    ...setOf('generator', plans.generator, random),
    ...setOf('averaged', plans.generator, random, false),
    ...setOf('discriminator', plans.discriminator, random),
    ...(headDim === null ? [] : [...setOf('clipHead', headPlan(headDim), random), progress('clipHead')]),
    progress('generator'),
    progress('discriminator'),
    ...setOf('statistics', plans.statistics, random, false),
  ]);
  // Not numbers to compute with, but they must survive.
  tensors.get('discriminatorAdam/v.linear.weight')?.data.set([-0, NaN, Infinity, 1e-45]);
  return { iteration: 12, tensors };
}

/** @param head null without a CLIP head; one tower: the CLIP of the prompts judges, too */
export function randomCheckpoint(seed: number, head: 'two towers' | 'one tower' | null = 'two towers'): Checkpoint {
  const headDim = head && (head === 'two towers' ? critic.dim : testDim);
  const random = new CounterRandom(seed);
  const [slotCount, latent] = [testSlots.length, testConfig.generator.latent];
  return {
    config: testConfig,
    classes: ['cat', 'dog/"猫"'],
    slots: testSlots,
    clip: { id: 'clip-nano', name: 'CLIP nano', hash: 'ab'.repeat(32), dim: testDim, logitScale: 100 / 3 },
    ...(head === 'two towers' ? { critic } : {}),
    created: '2026-11-22T18:30:00.123Z',
    sampleSeed: testConfig.seed,
    dataCursor: { epoch: 3, position: 2 },
    trainer: randomState(random, headDim),
    prompts: {
      features: normals(random, slotCount * testDim),
      context: { vectors: normals(random, slotCount * 4 * 11), count: 4, width: 11 },
    },
    partition: {
      classMeans: normals(random, 2 * testDim),
      centroids: normals(random, slotCount * testDim),
      columnScalings: normals(random, slotCount),
      epsilon: 0.1 + 0.05 / 3,
      entropyRatio: 1 / 3,
      memberships: SparseRows.fromDense(normals(random, imageCount * slotCount), slotCount),
    },
    labels: {
      given: Int32Array.of(0, -1, 1, 1, -1),
      probabilities: normals(random, imageCount * 2),
      trust: normals(random, imageCount),
      conditions: SparseRows.fromDense(normals(random, imageCount * slotCount), slotCount),
    },
    imageHashes: Array.from({ length: imageCount }, () =>
      Array.from({ length: 8 }, () => random.word().toString(16).padStart(8, '0')).join(''),
    ),
    matte: '#808080',
    sampleLatents: normals(random, 4 * latent),
    check: {
      z: normals(random, 2 * latent),
      u: Float32Array.of(0, 1, 0, 0.25, 0.5, 0.25),
      images: normals(random, 2 * 32 * 32 * 3),
    },
  };
}
