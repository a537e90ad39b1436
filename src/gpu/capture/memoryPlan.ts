/**
 * Places the step's virtual storages in as few bytes as can be had: storages whose lives do not meet share a buffer.
 * Largest first, each into the smallest buffer that is free for its whole life ("greedy by size", Pisarchyk and Lee,
 * 2020).
 *
 * Whole buffers are shared, not ranges of one arena, because WebGPU refuses a dispatch that reads one range of a buffer
 * and writes another.
 */
import { Virtual, type Command } from './commands';

export interface Life {
  storage: Virtual;
  /** Index of the first and the last command that touches it. */
  first: number;
  last: number;
}

export function livesOf(commands: readonly Command[]): Life[] {
  const lives = new Map<Virtual, Life>();
  commands.forEach((command, i) => {
    for (const { storage } of command.uses) {
      if (!(storage instanceof Virtual)) continue;
      const life = lives.get(storage);
      if (life) life.last = i;
      else lives.set(storage, { storage, first: i, last: i });
    }
  });
  return [...lives.values()];
}

export interface MemoryPlan {
  /** Bytes of each buffer, largest first. */
  sizes: number[];
  /** Number of the buffer that holds each storage. */
  place: Map<Virtual, number>;
}

export function planMemory(lives: readonly Life[]): MemoryPlan {
  const buffers: { size: number; tenants: Life[] }[] = [];
  const place = new Map<Virtual, number>();
  for (const life of lives.toSorted((a, b) => b.storage.size - a.storage.size || a.first - b.first)) {
    // Buffers are in order of size, so the last free one is the smallest.
    let index = buffers.findLastIndex(({ tenants }) =>
      tenants.every(({ first, last }) => last < life.first || life.last < first),
    );
    if (index < 0) index = buffers.push({ size: life.storage.size, tenants: [] }) - 1;
    buffers[index]?.tenants.push(life);
    place.set(life.storage, index);
  }
  return { sizes: buffers.map(({ size }) => size), place };
}
