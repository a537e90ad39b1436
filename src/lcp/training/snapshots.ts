/**
 * The last good states of a run, in memory of the CPU: what it goes back to when training comes apart, and what a new
 * GPU is given when the old one is lost. Two are kept, because the newest may already carry the seed of what went
 * wrong. A state with a value that is not finite never gets in.
 */
import type { SamplerCursor } from '../../data/sampler';
import type { TrainerState } from './trainerState';

export interface Snapshot {
  trainer: TrainerState;
  /** Where the order of the training images stood. */
  cursor: SamplerCursor;
}

/** States larger than this (bytes) are kept one at a time. */
const largeState = 1 << 29;

/** Name of the first tensor with a NaN or infinite value, by the bits; null where all are finite. */
export function firstNonFinite({ tensors }: TrainerState): string | null {
  for (const [name, { data }] of tensors) {
    const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
    for (let i = 0; i < bits.length; i += 1) if (((bits[i] as number) & 0x7f800000) === 0x7f800000) return name;
  }
  return null;
}

export function stateBytes({ tensors }: TrainerState): number {
  let bytes = 0;
  for (const { data } of tensors.values()) bytes += data.byteLength;
  return bytes;
}

export class SnapshotRing {
  #snapshots: Snapshot[] = [];

  /** The newest, or null before the first. */
  get newest(): Snapshot | null {
    return this.#snapshots.at(-1) ?? null;
  }

  get length(): number {
    return this.#snapshots.length;
  }

  /** Takes a state in and gives up the oldest. @throws RangeError when a value is not finite, naming the tensor */
  add(snapshot: Snapshot): void {
    const broken = firstNonFinite(snapshot.trainer);
    if (broken !== null) throw new RangeError(`"${broken}" holds a value that is not finite`);
    this.#snapshots.push(snapshot);
    const most = stateBytes(snapshot.trainer) > largeState ? 1 : 2;
    this.#snapshots.splice(0, this.#snapshots.length - most);
  }

  /** Puts another in place of the newest, which is finite as that was. */
  replaceNewest(snapshot: Snapshot): void {
    this.#snapshots.splice(-1, 1, snapshot);
  }

  /** Gives up all and begins with this one, which is finite. */
  restart(snapshot: Snapshot): void {
    this.#snapshots = [snapshot];
  }

  /** Drops the newest where an older one is left: it has led to no good. */
  distrust(): void {
    if (this.#snapshots.length > 1) this.#snapshots.pop();
  }
}
