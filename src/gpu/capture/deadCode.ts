/**
 * Drops commands whose results nobody uses: gradients that were not asked for, forward values that only they needed.
 */
import { External, reads, writes, type Command, type Storage } from './commands';

/** @returns the commands that reach something that outlives the step, in order */
export function withoutDeadCode(commands: readonly Command[]): Command[] {
  const needed = new Set<Storage>();
  const live: Command[] = [];
  for (const command of commands.toReversed()) {
    // A write never ends the need of a storage: several commands may fill parts of it.
    if (!command.uses.some((use) => writes(use) && (use.storage instanceof External || needed.has(use.storage))))
      continue;
    for (const use of command.uses) if (reads(use)) needed.add(use.storage);
    live.push(command);
  }
  return live.toReversed();
}
