/**
 * Keeps a run from ruin: judges every reading of the statistics, sets good states aside in memory, and goes back to the
 * last good one where training has come apart, at half the learning rates and with other random numbers. After three
 * such returns in a row without progress the next divergence ends the run, at the last good state, which can be
 * exported.
 */
import type { SamplerCursor } from '../../data/sampler';
import { DivergenceWatch, type Vital } from '../../lcp/training/divergence';
import type { GanTrainer } from '../../lcp/training/ganTrainer';
import { firstNonFinite } from '../../lcp/training/snapshots';
import type { StatPoint } from '../../shared/domain';
import { StudioError } from '../../shared/errors';
import type { Event } from '../protocol/events';
import type { TrainingMemory } from './trainingMemory';

export const rollbackLimits = { inARow: 3, factor: 0.5, leastScale: 1 / 16 } as const;

/**
 * Snapshots take about this share of the time, and come at least and at most this far apart: the latter bounds what a
 * lost GPU costs.
 */
const snapshotShare = 0.01;
const snapshotEveryMs = { least: 2000, most: 50_000 } as const;

export interface SafeguardOptions {
  trainer: Pick<GanTrainer, 'iteration' | 'draws' | 'rateScale' | 'exportState' | 'rollBack'>;
  memory: Pick<TrainingMemory, 'history' | 'snapshots' | 'rollbacks'>;
  /** Where the order of the training images stands. */
  cursor: () => SamplerCursor;
  emit: (event: Event) => void;
  now?: () => number;
}

export class Safeguard {
  private readonly watch = new DivergenceWatch();
  private readonly now: () => number;
  private vital: Vital = 'fine';
  private nextAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: SafeguardOptions) {
    this.now = options.now ?? (() => performance.now());
  }

  /**
   * Judges the newest statistics, which cover everything up to the present iteration.
   * @returns true where training went back: the point is no part of the history
   * @throws StudioError diverged, when going back has not helped
   */
  examine(point: StatPoint): boolean {
    const { vital, cause } = this.watch.judge(point);
    this.vital = vital;
    if (vital !== 'diverged') return false;
    this.goBack(cause);
    return true;
  }

  /**
   * Sets the present state aside, if it is time (or `now` says so) and nothing looks suspicious. To be called right
   * after `examine`, with no iteration in between.
   * @returns true where the state held a value that is not finite, and training went back instead
   */
  async takeSnapshot({ now = false } = {}): Promise<boolean> {
    const { trainer, memory, cursor } = this.options;
    const started = this.now();
    if (
      this.vital !== 'fine' ||
      (started < this.nextAt && !now) ||
      memory.snapshots.newest?.trainer.iteration === trainer.iteration
    )
      return false;
    const state = await trainer.exportState();
    const broken = firstNonFinite(state);
    if (broken !== null) {
      this.goBack(`“${broken}” held a number that is not finite`);
      return true;
    }
    memory.snapshots.add({ trainer: state, cursor: cursor() });
    if (state.iteration > memory.rollbacks.furthest) memory.rollbacks.inARow = 0;
    const done = this.now();
    this.nextAt =
      done + Math.min(snapshotEveryMs.most, Math.max(snapshotEveryMs.least, (done - started) / snapshotShare));
    return false;
  }

  private goBack(cause: string): void {
    const { trainer, memory, cursor, emit } = this.options;
    const { rollbacks, snapshots } = memory;
    const from = trainer.iteration;
    rollbacks.total += 1;
    rollbacks.inARow += 1;
    rollbacks.furthest = Math.max(rollbacks.furthest, from);
    if (rollbacks.inARow > 1) snapshots.distrust();
    const good = snapshots.newest;
    if (!good) throw beyondRepair(cause, 0);
    const over = rollbacks.inARow > rollbackLimits.inARow;
    const scale = over
      ? trainer.rateScale
      : Math.max(rollbackLimits.leastScale, rollbackLimits.factor * trainer.rateScale);
    trainer.rollBack(good.trainer, scale);
    // Whoever starts from here later, on another GPU, must not draw the same numbers or go at the old rates either.
    snapshots.replaceNewest({ trainer: { ...good.trainer, draws: trainer.draws, rateScale: scale }, cursor: cursor() });
    memory.history = memory.history.filter(({ iteration }) => iteration <= trainer.iteration);
    this.watch.restart();
    this.vital = 'fine';
    if (over) throw beyondRepair(cause, trainer.iteration);
    emit(rolledBack(cause, from, trainer.iteration, scale));
  }
}

const count = (value: number): string => value.toLocaleString('en');

function rolledBack(cause: string, from: number, to: number, scale: number): Event {
  return {
    type: 'notice',
    tone: 'warning',
    code: 'rolled-back',
    text: `Training came apart at iteration ${count(from)}: ${cause}. It went back to iteration ${count(to)} and goes on at ${Number((100 * scale).toFixed(1))}% of the learning rates you chose.`,
    action:
      'Nothing needs doing now. If it happens again, start a run with lower learning rates, or with less weight on the CLIP critic.',
  };
}

function beyondRepair(cause: string, iteration: number): StudioError {
  return new StudioError({
    code: 'diverged',
    what: 'Training keeps coming apart.',
    why: `It went back to a good state and lowered the learning rates ${rollbackLimits.inARow} times, and it happened again: ${cause}.`,
    action: `The networks stand at the last good state, iteration ${count(iteration)}: export them if you want to keep them. Then start a new run with much lower learning rates, or with less weight on the CLIP critic (Advanced settings).`,
  });
}
