/**
 * Takes out of a step what comes out the same in every run because it depends on constants only: zeros, masks, index
 * tables, resizing matrices. These dispatches run once, when the step is compiled, into buffers that the plan keeps.
 */
import { Constant, External, Virtual, writes, type Command, type Storage } from './commands';

export interface Folded {
  /** To run once. */
  once: Command[];
  /** To run every time. */
  always: Command[];
  /** Buffers that `once` fills and `always` reads; they live as long as the plan. */
  buffers: GPUBuffer[];
}

/** How many commands write each storage. */
function writerCounts(commands: readonly Command[]): Map<Storage, number> {
  const counts = new Map<Storage, number>();
  for (const { uses } of commands)
    for (const use of uses) if (writes(use)) counts.set(use.storage, (counts.get(use.storage) ?? 0) + 1);
  return counts;
}

/** Larger results are cheaper to make again than to keep. */
const mostBytes = 1 << 16;

/** The commands that come out the same in every run. */
export function foldableCommands(commands: readonly Command[]): Set<Command> {
  const writers = writerCounts(commands);
  const folded = new Set<Storage>();
  const foldable = ({ kind, uses }: Command): boolean =>
    kind === 'dispatch' &&
    uses.every(({ storage, access }) => {
      if (access === 'read') return storage instanceof Constant || folded.has(storage);
      return (
        access === 'write' && storage instanceof Virtual && writers.get(storage) === 1 && storage.size <= mostBytes
      );
    });
  const found = new Set<Command>();
  for (const command of commands) {
    if (!foldable(command)) continue;
    for (const use of command.uses) if (writes(use)) folded.add(use.storage);
    found.add(command);
  }
  return found;
}

export function foldConstants(commands: readonly Command[], createBuffer: (size: number) => GPUBuffer): Folded {
  const foldable = foldableCommands(commands);
  const [once, always] = [
    commands.filter((command) => foldable.has(command)),
    commands.filter((command) => !foldable.has(command)),
  ];
  const folded = new Set(once.flatMap(({ uses }) => uses.filter(writes).map(({ storage }) => storage)));
  const kept = new Map<Storage, External>();
  for (const { uses } of always) {
    for (const use of uses) {
      if (!folded.has(use.storage)) continue;
      const place = kept.get(use.storage) ?? new External(createBuffer(use.storage.size), 0, use.storage.size);
      kept.set(use.storage, place);
    }
  }
  for (const { uses } of [...once, ...always])
    for (const use of uses) if (use.storage instanceof Virtual) use.storage = kept.get(use.storage) ?? use.storage;
  return { once, always, buffers: [...kept.values()].map(({ buffer }) => buffer) };
}
