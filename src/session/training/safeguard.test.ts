import { beforeEach, describe, expect, it } from 'vitest';
import type { TrainerState } from '../../lcp/training/trainerState';
import { StudioError } from '../../shared/errors';
import type { Event } from '../protocol/events';
import { rollbackLimits, Safeguard } from './safeguard';
import { emptyMemory, type TrainingMemory } from './trainingMemory';

/** A trainer of one weight, which equals its iteration. */
class OneWeight {
  iteration = 0;
  draws = 0;
  rateScale = 1;
  weight = 0;
  exports = 0;

  iterate(count: number): void {
    this.iteration += count;
    this.draws += count;
    this.weight = this.iteration;
  }

  exportState(): Promise<TrainerState> {
    this.exports += 1;
    const { iteration, draws, rateScale, weight } = this;
    return Promise.resolve({
      iteration,
      draws,
      rateScale,
      tensors: new Map([['w', { shape: [1], data: Float32Array.of(weight) }]]),
    });
  }

  rollBack(state: TrainerState, rateScale: number): void {
    this.iteration = state.iteration;
    this.weight = state.tensors.get('w')?.data[0] ?? NaN;
    this.rateScale = rateScale;
  }
}

let trainer: OneWeight;
let memory: TrainingMemory;
let events: Event[];
let guard: Safeguard;
let time: number;

beforeEach(() => {
  trainer = new OneWeight();
  memory = emptyMemory();
  events = [];
  time = 0;
  guard = new Safeguard({
    trainer,
    memory,
    cursor: () => ({ epoch: 0, position: trainer.draws }),
    emit: (event) => events.push(event),
    now: () => time,
  });
});

/** 16 iterations, then a reading. */
async function go(values: Record<string, number> = {}, seconds = 10): Promise<boolean> {
  trainer.iterate(16);
  time += 1000 * seconds;
  const point = {
    iteration: trainer.iteration,
    kimg: trainer.iteration,
    values: { lossD: 2, lossG: 0, gradNonFinite: 0, ...values },
  };
  if (guard.examine(point)) return false;
  memory.history.push(point);
  return !(await guard.takeSnapshot());
}

const texts = (): string[] => events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));

describe('Safeguard', () => {
  it('keeps the newest two good states, not more often than it is worth', async () => {
    await guard.takeSnapshot();
    for (let i = 0; i < 5; i += 1) await go();
    expect([trainer.exports, memory.snapshots.length, memory.snapshots.newest?.trainer.iteration]).toEqual([6, 2, 80]);
    for (let i = 0; i < 5; i += 1) await go({}, 0.1);
    expect(trainer.exports).toBe(6);
  });

  it('goes back, lowers the rates, draws other numbers, and says so', async () => {
    await guard.takeSnapshot();
    await go();
    await go({}, 0.1);
    expect(await go({ lossG: NaN }, 0.1)).toBe(false);
    expect(trainer).toMatchObject({ iteration: 16, weight: 16, rateScale: 0.5, draws: 48 });
    expect(memory.history.map(({ iteration }) => iteration)).toEqual([16]);
    expect(texts()).toEqual([
      'Training came apart at iteration 48: the generator’s loss was not a finite number. It went back to iteration 16 and goes on at 50% of the learning rates you chose.',
    ]);
    // A new GPU would go on from there, not repeat it.
    expect(memory.snapshots.newest).toMatchObject({
      trainer: { iteration: 16, draws: 48, rateScale: 0.5 },
      cursor: { position: 48 },
    });
  });

  it('keeps nothing while a loss looks suspicious', async () => {
    for (let i = 0; i < 30; i += 1) await go();
    const { exports } = trainer;
    await go({ lossD: 90 }, 100);
    expect(trainer.exports).toBe(exports);
    await go({}, 100);
    expect(trainer.exports).toBe(exports + 1);
  });

  it('never keeps a state with a value that is not finite, whatever the statistics say', async () => {
    await go();
    trainer.iterate(16);
    time += 60_000;
    trainer.weight = Infinity;
    expect(await guard.takeSnapshot()).toBe(true);
    expect([trainer.weight, memory.snapshots.newest?.trainer.iteration, memory.rollbacks.total]).toEqual([16, 16, 1]);
  });

  it('distrusts the newest state when going back to it did not help, and gives up after three times in a row', async () => {
    for (let i = 0; i < 3; i += 1) await go();
    const landed: number[] = [];
    for (let i = 0; i < rollbackLimits.inARow; i += 1) {
      await go({ lossD: Infinity }, 0.1);
      landed.push(trainer.iteration);
    }
    expect(landed).toEqual([48, 32, 32]);
    expect(trainer.rateScale).toBe(1 / 8);
    const last = go({ gradNonFinite: 7 }, 0.1);
    await expect(last).rejects.toBeInstanceOf(StudioError);
    await expect(last).rejects.toMatchObject({
      info: {
        code: 'diverged',
        why: expect.stringContaining('7 gradients'),
        action: expect.stringContaining('iteration 32'),
      },
    });
    expect(trainer).toMatchObject({ iteration: 32, weight: 32 });
  });

  it('counts anew once training has got past the place', async () => {
    await go();
    for (let round = 0; round < 2 * rollbackLimits.inARow; round += 1) {
      await go({ lossD: Infinity });
      for (let i = 0; i < 3; i += 1) await go();
      expect(memory.rollbacks.inARow).toBe(0);
    }
    expect(trainer.rateScale).toBe(rollbackLimits.leastScale);
    expect(memory.rollbacks.total).toBe(6);
  });

  it('cannot go back where nothing good was ever seen', () => {
    trainer.iterate(1);
    expect(() => guard.examine({ iteration: 1, kimg: 0, values: { lossD: NaN } })).toThrow(StudioError);
  });
});
