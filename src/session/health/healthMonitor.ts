/**
 * The checks that need pictures, done between iterations in pieces of a few milliseconds (on a slow GPU, of a second),
 * so that together they take no more than a fiftieth of the time. First the features of some reals are gathered; then,
 * from a quarter of the run on, round after round: samples of up to eight classes, the discriminator's signs on reals
 * that it trains on and on reals held back from it, and some more reals as long as there are any.
 */
import { baseFacts } from '../../lcp/bases/facts';
import { clusterCoverage } from '../../lcp/health/clusterCoverage';
import { drawCondition } from '../../lcp/partition/conditions';
import { clusterName } from '../../lcp/checkpoint/exportReadme';
import { unknown, type HealthCode } from '../../lcp/health/health';
import { checkClusterShares, checkCopies, checkDiversity, checkOverfitting } from '../../lcp/health/healthOfSamples';
import type { HealthProbe } from '../../lcp/health/healthProbe';
import type { HeldOut } from '../../lcp/health/heldOut';
import { streams } from '../../lcp/training/streams';
import type { RunConfig } from '../../shared/config';
import { UNLABELED } from '../../shared/domain';
import { CounterRandom } from '../../shared/rng';
import type { HealthBoard } from './healthBoard';
import type { ImportedDataset } from '../run/importDataset';
import type { Knowledge } from '../knowledge/knowledge';
import { joinedFloats } from '../../shared/joined';

export const monitorLimits = {
  /** Share of the time that the checks may take. */
  share: 0.02,
  /** Share of the run before which samples are not judged: an untrained generator fails every check. */
  from: 0.25,
  /** Reals to begin with, and at most; fewer than `least` are too few to judge by. */
  first: 64,
  most: 4096,
  least: 16,
  /** Classes and samples of a round. */
  classes: 8,
  samples: 64,
  /** Samples that the cluster check looks back on. */
  memory: 512,
  /** Most held-out reals that are asked about in a round. */
  signs: 64,
} as const;

export interface HealthMonitorOptions {
  probe: Pick<HealthProbe, 'piece' | 'dim' | 'realFeatures' | 'sampleFeatures' | 'signs'>;
  board: HealthBoard;
  config: RunConfig;
  dataset: Pick<ImportedDataset, 'labels' | 'summary'>;
  knowledge: Pick<Knowledge, 'conditions' | 'inference' | 'partition'>;
  /** Images that are trained on. */
  population: Uint32Array;
  heldOut: HeldOut | null;
  /** Told where the newest samples lie, whenever some were judged: `clusterCoverage`. */
  onCoverage?: (coverage: ReturnType<typeof clusterCoverage>) => void;
  now?: () => number;
}

interface Features {
  features: Float32Array[];
  classes: number[];
}

export class HealthMonitor {
  private readonly now: () => number;
  private readonly work: AsyncGenerator<void, void>;
  private readonly order: Uint32Array;
  /** Class of each image, by its label or, where that is trusted, by inference; -1 where not known. */
  private readonly classes: Int32Array;
  private readonly members: number[][];
  private readonly reals: Features & { images: number[] } = { features: [], classes: [], images: [] };
  private samples: Features = { features: [], classes: [] };
  private fraction = 0;
  private nextAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: HealthMonitorOptions) {
    const { population, config } = options;
    this.now = options.now ?? (() => performance.now());
    this.classes = knownClasses(options);
    this.order = new CounterRandom(config.seed, streams.healthReals)
      .permutation(population.length)
      .map((at) => population[at] ?? 0);
    this.members = options.dataset.summary.classes.map(() => []);
    this.classes.forEach((c, image) => this.members[c]?.push(image));
    this.work = this.rounds();
    if (!options.heldOut) this.leave('over-fitting', 'The set is too small to hold pictures back for this check.');
    if (population.length < monitorLimits.least)
      for (const code of ['collapse', 'copies', 'dropped-clusters'] as const)
        this.leave(code, 'There are too few pictures to compare samples with.');
  }

  /** Does the next piece, if there is time for it. @param fraction how much of the run is done, in [0, 1] */
  async turn(fraction: number): Promise<void> {
    this.fraction = fraction;
    const started = this.now();
    if (started < this.nextAt) return;
    await this.work.next();
    const done = this.now();
    this.nextAt = done + (done - started) * (1 / monitorLimits.share - 1);
  }

  private leave(code: HealthCode, why: string): void {
    this.options.board.set(unknown(code, why));
  }

  private async *rounds(): AsyncGenerator<void, void> {
    const { population, heldOut } = this.options;
    const wanted = Math.min(monitorLimits.most, population.length);
    const comparable = wanted >= monitorLimits.least;
    const first = comparable ? Math.min(monitorLimits.first, wanted) : 0;
    while (this.reals.images.length < first) {
      await this.takeReals(wanted);
      yield;
    }
    for (let round = 0; ;) {
      if (this.fraction < monitorLimits.from) {
        if (comparable && this.reals.images.length < wanted) await this.takeReals(wanted);
        yield;
        continue;
      }
      if (comparable) yield* this.sampleRound(round);
      if (heldOut) {
        await this.askDiscriminator(heldOut);
        yield;
      }
      if (comparable && this.reals.images.length < wanted) {
        await this.takeReals(wanted);
        yield;
      }
      if (!comparable && !heldOut) return;
      round += 1;
    }
  }

  private async takeReals(wanted: number): Promise<void> {
    const { probe } = this.options;
    const { images, features, classes } = this.reals;
    const next = [...this.order.subarray(images.length, Math.min(wanted, images.length + probe.piece))];
    features.push(await probe.realFeatures(next));
    images.push(...next);
    classes.push(...next.map((image) => this.classes[image] ?? -1));
  }

  private async *sampleRound(round: number): AsyncGenerator<void, void> {
    const { probe, config } = this.options;
    const latent = baseFacts(config).latent(config);
    const random = new CounterRandom(config.seed, streams.healthSamples, round);
    const wanted = this.classesOfRound(random);
    const drawn: Features = { features: [], classes: [] };
    for (let first = 0; first < wanted.length; first += probe.piece) {
      const part = wanted.slice(first, first + probe.piece);
      const z = Float32Array.from({ length: part.length * latent }, () => random.normal());
      drawn.features.push(await probe.sampleFeatures(z, this.conditions(part, random), part.length));
      drawn.classes.push(...part);
      yield;
    }
    if (wanted.length > 0) this.judge(drawn);
  }

  /** The classes of a round's samples: as many of each of up to eight classes, chosen anew each round. */
  private classesOfRound(random: CounterRandom): number[] {
    const known = this.members.flatMap((members, c) => (members.length > 0 ? [c] : []));
    const chosen = [...random.permutation(known.length)].slice(0, monitorLimits.classes).map((at) => known[at] ?? 0);
    return chosen.flatMap((c) =>
      Array.from(
        { length: Math.floor(monitorLimits.samples / Math.min(known.length, monitorLimits.classes)) },
        () => c,
      ),
    );
  }

  /** u of samples of these classes: each that of a random real of its class. [n, S] */
  private conditions(classes: readonly number[], random: CounterRandom): Float32Array {
    const { knowledge, config } = this.options;
    const { u } = knowledge.conditions;
    const rows = new Float32Array(classes.length * u.columns);
    classes.forEach((c, i) => {
      const members = this.members[c] ?? [];
      rows.set(
        drawCondition(
          u.denseRow(members[random.integer(members.length)] ?? 0),
          random,
          config.partition.hardDrawProbability,
        ),
        i * u.columns,
      );
    });
    return rows;
  }

  private judge(drawn: Features): void {
    const { probe, board, knowledge, dataset, population } = this.options;
    const d = probe.dim;
    const reals = { vectors: joinedFloats(this.reals.features), d, groups: this.reals.classes };
    const samples = { vectors: joinedFloats(drawn.features), d, groups: drawn.classes };
    board.set(checkDiversity(samples, reals));
    board.set(checkCopies(samples.vectors, reals.vectors, d, population.length));
    const recent = latest(
      { features: [...this.samples.features, samples.vectors], classes: [...this.samples.classes, ...drawn.classes] },
      monitorLimits.memory,
      d,
    );
    this.samples = recent;
    const { slots } = knowledge.partition;
    const { observed, expected } = clusterCoverage({
      d,
      slotCount: slots.length,
      reals: { features: reals.vectors, images: this.reals.images, classes: this.reals.classes },
      conditions: knowledge.conditions.u,
      samples: { features: joinedFloats(recent.features), classes: recent.classes },
    });
    this.options.onCoverage?.({ observed, expected });
    board.set(
      checkClusterShares(
        observed,
        expected,
        slots.map(({ classIndex, cluster }) => clusterName(dataset.summary.classes[classIndex] ?? '', cluster)),
      ),
    );
  }

  private async askDiscriminator({ heldOut, trained }: HeldOut): Promise<void> {
    const { probe, board } = this.options;
    const count = monitorLimits.signs;
    const signs = await probe.signs([...trained.subarray(0, count), ...heldOut.subarray(0, count)]);
    const half = signs.length / 2;
    board.set(checkOverfitting(signs.subarray(0, half), signs.subarray(half)));
  }
}

function knownClasses({ dataset, knowledge }: HealthMonitorOptions): Int32Array {
  const { probabilities, trust } = knowledge.inference;
  const classCount = dataset.summary.classes.length;
  return Int32Array.from(dataset.labels, (label, image) => {
    if (label !== UNLABELED) return label;
    if (!((trust[image] ?? 0) > 0)) return -1;
    const row = probabilities.subarray(image * classCount, (image + 1) * classCount);
    return row.reduce((best, value, c) => (value > (row[best] ?? 0) ? c : best), 0);
  });
}

/** The last `count` rows. */
function latest({ features, classes }: Features, count: number, d: number): Features {
  const all = joinedFloats(features);
  return { features: [all.slice(Math.max(0, all.length - count * d))], classes: classes.slice(-count) };
}
