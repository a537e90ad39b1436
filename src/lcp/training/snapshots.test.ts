import { describe, expect, it } from 'vitest';
import type { TrainerState } from './trainerState';
import { firstNonFinite, SnapshotRing, stateBytes, type Snapshot } from './snapshots';

function state(iteration: number, values: number[] = [1, -2, 0, 3.4e38, 1e-45]): TrainerState {
  return {
    iteration,
    tensors: new Map([
      ['generator/linear.weight', { shape: [2], data: Float32Array.of(1, 2) }],
      // A view that does not begin at the buffer's start.
      ['discriminator/linear.weight', { shape: [values.length], data: Float32Array.of(NaN, ...values).subarray(1) }],
    ]),
  };
}

const snapshot = (trainer: TrainerState): Snapshot => ({ trainer, cursor: { epoch: 0, position: 0 } });

describe('firstNonFinite', () => {
  it.each([NaN, Infinity, -Infinity])('names the tensor with %f', (value) => {
    expect(firstNonFinite(state(1))).toBeNull();
    expect(firstNonFinite(state(1, [1, value]))).toBe('discriminator/linear.weight');
  });
});

describe('SnapshotRing', () => {
  it('keeps two, and goes back by one at a time, never to nothing', () => {
    const ring = new SnapshotRing();
    expect(ring.newest).toBeNull();
    for (const iteration of [0, 10, 20]) ring.add(snapshot(state(iteration)));
    expect([ring.length, ring.newest?.trainer.iteration]).toEqual([2, 20]);
    ring.distrust();
    expect(ring.newest?.trainer.iteration).toBe(10);
    ring.distrust();
    expect(ring.newest?.trainer.iteration).toBe(10);
  });

  it('refuses what is not finite', () => {
    const ring = new SnapshotRing();
    ring.add(snapshot(state(0)));
    expect(() => ring.add(snapshot(state(1, [NaN])))).toThrow('discriminator/linear.weight');
    expect(ring.newest?.trainer.iteration).toBe(0);
    expect(stateBytes(state(0))).toBe(28);
  });
});
