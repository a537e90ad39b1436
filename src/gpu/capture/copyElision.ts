/**
 * Lets a command write where its result would have been copied to. A gradient that is copied into the optimizer's
 * arena, or a new state that is copied over the old one, is computed in place instead, wherever nobody could tell the
 * difference.
 */
import { External, overlap, reads, Virtual, writes, type Command, type Use } from './commands';

interface Span {
  first: number;
  last: number;
}

/** Index of the first and the last command that touches each virtual storage. */
function spansOf(commands: readonly Command[]): Map<Virtual, Span> {
  const spans = new Map<Virtual, Span>();
  commands.forEach((command, i) => {
    for (const { storage } of command.uses) {
      if (!(storage instanceof Virtual)) continue;
      const span = spans.get(storage);
      if (span) span.last = i;
      else spans.set(storage, { first: i, last: i });
    }
  });
  return spans;
}

/**
 * WebGPU looks at whole buffers: within one dispatch a buffer is either only read or only written; a copy needs two
 * buffers.
 */
function mayJoin(command: Command, virtual: Virtual, target: External): boolean {
  const own = command.uses.filter(({ storage }) => storage === virtual);
  const others = command.uses.filter(({ storage }) => storage instanceof External && storage.buffer === target.buffer);
  if (command.kind === 'copy') return others.length === 0;
  return others.every(
    (other) => own.every((use) => writes(use) === writes(other)) && !(writes(other) && overlap(other.storage, target)),
  );
}

/** Would every command see the same bytes with `virtual` living at `target`, which is copied to by command `at`? */
function sameForAll(
  commands: readonly (Command | null)[],
  virtual: Virtual,
  target: External,
  span: Span,
  at: number,
): boolean {
  for (let i = span.first; i <= span.last; i++) {
    const command = commands[i];
    if (!command || i === at) continue;
    if (command.uses.some(({ storage }) => storage === virtual)) {
      if (!mayJoin(command, virtual, target)) return false;
      if (i > at && command.uses.some((use) => use.storage === virtual && writes(use))) return false;
    }
    const conflict = (use: Use): boolean =>
      use.storage instanceof External && overlap(use.storage, target) && (writes(use) || (i < at && reads(use)));
    if (command.uses.some(conflict)) return false;
  }
  return true;
}

/** @param alignment smallest offset step of a storage binding */
export function withoutCopies(commands: readonly Command[], alignment: number): Command[] {
  const spans = spansOf(commands);
  const kept: (Command | null)[] = [...commands];
  commands.forEach((command, at) => {
    if (command.kind !== 'copy') return;
    const [{ storage: source }, { storage: target }] = command.uses;
    if (!(source instanceof Virtual && target instanceof External) || target.offset % alignment !== 0) return;
    const span = spans.get(source);
    if (!span || !sameForAll(kept, source, target, span, at)) return;
    kept[at] = null;
    for (let i = span.first; i <= span.last; i++) {
      const user = kept[i];
      if (user) for (const use of user.uses) if (use.storage === source) use.storage = target;
    }
  });
  return kept.filter((command) => command !== null);
}
