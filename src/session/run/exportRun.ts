/**
 * An export: everything of the run as it stands, gathered into one checkpoint with pictures to check it by, and the
 * files beside it.
 */
import type { SamplerCursor } from '../../data/sampler';
import type { Checkpoint, CheckSample } from '../../lcp/checkpoint/checkpoint';
import type { CheckpointCritic } from '../../lcp/checkpoint/checkpointMetadata';
import { exportFiles } from '../../lcp/checkpoint/exportBundle';
import { jobFiles, type JobTower } from '../../lcp/trainingJob/jobFiles';
import type { HealthFinding } from '../../lcp/health/health';
import type { GanTrainer } from '../../lcp/training/ganTrainer';
import type { SampleGrid, Sampler } from '../../lcp/training/sampling';
import { firstNonFinite } from '../../lcp/training/snapshots';
import { streams } from '../../lcp/training/streams';
import type { RunConfig } from '../../shared/config';
import type { StatPoint } from '../../shared/domain';
import { StudioError } from '../../shared/errors';
import { white } from '../../shared/matte';
import { CounterRandom } from '../../shared/rng';
import type { Critic } from '../clip/critic';
import { tokenSource } from '../clip/criticTower';
import type { OpenClip } from '../clip/openClip';
import type { Knowledge } from '../knowledge/knowledge';
import type { ImportedDataset } from './importDataset';
import type { ExportResult } from '../protocol/commands';

/** What an export needs of the training that it shows. */
export interface TrainedRun {
  readonly config: RunConfig;
  readonly trainer: Pick<GanTrainer, 'iteration' | 'exportState' | 'networks'>;
  readonly sampler: Pick<Sampler, 'latents' | 'pictures' | 'refresh'>;
  readonly options: {
    readonly dataset: ImportedDataset;
    readonly clip: Pick<OpenClip, 'model' | 'image'>;
    readonly critic: Critic;
    readonly knowledge: Knowledge;
  };
  /** Where the order of the training images stands. */
  cursor(): SamplerCursor;
  readonly health: readonly HealthFinding[];
  /** All recorded statistics, oldest first. */
  readonly history: readonly StatPoint[];
  readonly lastGrid: SampleGrid | null;
}

/** Pictures in the self-check: enough to meet several clusters and a mixture. */
const CHECKS = 4;

/** z at random; u one-hot for the first pictures, and for the last a mixture of all slots. */
async function drawCheck({ trainer, sampler, config, options }: TrainedRun): Promise<CheckSample> {
  const slotCount = options.knowledge.partition.slots.length;
  const random = new CounterRandom(config.seed, streams.exportCheck, trainer.iteration);
  const z = Float32Array.from({ length: CHECKS * trainer.networks.generator.latent }, () => random.normal());
  const u = new Float32Array(CHECKS * slotCount);
  for (let i = 0; i < CHECKS - 1; i += 1) u[i * slotCount + random.integer(slotCount)] = 1;
  u.fill(1 / slotCount, (CHECKS - 1) * slotCount);
  return { z, u, images: await sampler.pictures(z, u) };
}

function criticRecord({ model: { id, name, hash, dim } }: Critic): CheckpointCritic {
  return { id, name, hash, dim };
}

async function checkpointOf(training: TrainedRun): Promise<Checkpoint> {
  const { options, trainer, sampler, config } = training;
  const { dataset, clip, critic, knowledge } = options;
  const { partition, prompts, conditions, inference } = knowledge;
  const { id, name, hash, dim, logitScale } = clip.model;
  const state = await trainer.exportState();
  if (firstNonFinite(state) !== null) throw notFinite();
  return {
    config,
    classes: dataset.summary.classes,
    slots: partition.slots,
    clip: { id, name, hash, dim, logitScale },
    ...(critic.model === clip.model ? {} : { critic: criticRecord(critic) }),
    created: new Date().toISOString(),
    sampleSeed: config.seed,
    dataCursor: training.cursor(),
    trainer: state,
    prompts: {
      features: knowledge.promptFeatures,
      context: prompts && { vectors: prompts.context, count: prompts.contextLength, width: prompts.width },
    },
    partition,
    labels: {
      given: dataset.labels,
      probabilities: inference.probabilities,
      trust: inference.trust,
      conditions: conditions.u,
    },
    imageHashes: dataset.hashes,
    matte: dataset.matte ?? white,
    sampleLatents: sampler.latents,
    check: await drawCheck(training),
  };
}

export async function exportRun(training: TrainedRun): Promise<ExportResult> {
  await training.sampler.refresh();
  const checkpoint = await checkpointOf(training);
  const files = await exportFiles({
    checkpoint,
    grid: training.lastGrid,
    clusters: training.options.knowledge.cards,
    stats: training.history,
    health: training.health,
  });
  return { files: files.map(({ name, bytes }) => ({ name, bytes: bytes.buffer })) };
}

const jobTower = ({ model: { vision: onnx, imageSize, mean, std } }: Critic): JobTower => ({
  onnx,
  imageSize,
  mean,
  std,
});

/** The run as a folder that `train.py` goes on from, with PyTorch. */
export async function trainingJobOf(training: TrainedRun & { population: Uint32Array }): Promise<ExportResult> {
  await training.sampler.refresh();
  const { dataset, critic, clip } = training.options;
  const source = tokenSource(critic, clip, training.config);
  const files = await jobFiles({
    checkpoint: await checkpointOf(training),
    pixels: dataset.pixels,
    population: training.population,
    tower: jobTower(critic),
    tokens: source && {
      tower: source.tower.model === critic.model ? null : jobTower(source.tower),
      places: source.tower.image.tokensInFile(source.blocks),
    },
  });
  return { files: files.map(({ name, bytes }) => ({ name, bytes: bytes.buffer })) };
}

function notFinite(): StudioError {
  return new StudioError({
    code: 'diverged',
    what: 'The networks hold numbers that are not finite just now.',
    why: 'Training has come apart and is about to go back to its last good state.',
    action: 'Export again in a moment.',
  });
}
