/** The part of the state about runs that are kept: the list, what is compared, and what the next run begins with. */
import type { KeptRun } from '../session/saving/shelfRunStore';
import type { RunRecord } from '../session/saving/runRecord';
import type { Origin } from '../session/protocol/commands';
import type { ErrorInfo } from '../shared/errors';
import { formatKimg } from '../shared/kimg';

/** Networks that the next run begins with. */
export interface WarmStartChoice {
  from: Origin;
  /** What the user calls them. */
  name: string;
}

/** A run with its curves and samples. A class, so that immer leaves these alone. */
export class OpenRecord {
  constructor(
    readonly id: string,
    readonly record: RunRecord,
  ) {}
}

export interface LibraryState {
  /** Newest first; null until they were asked for. */
  runs: KeptRun[] | null;
  problem: ErrorInfo | null;
  /** Ids of the runs to compare, in the order in which they were chosen. */
  compared: string[];
  /** What is known of them. */
  records: OpenRecord[];
  /** Runs that this tab has saved: their locks are no other tab's. */
  own: string[];
  warmStart: WarmStartChoice | null;
}

export const emptyLibrary = (): LibraryState => ({
  runs: null,
  problem: null,
  compared: [],
  records: [],
  own: [],
  warmStart: null,
});

/** The run of this tab is kept under this id. */
export function keepAs({ run, library }: { run: { keptAs: string | null }; library: LibraryState }, id: string): void {
  run.keptAs = id;
  if (!library.own.includes(id)) library.own.push(id);
}

/** What a run is called: by its person, else by its pictures and its length. */
export function runName({ name, title, classes, config, kimg }: Omit<KeptRun, 'id'>): string {
  const data = title?.data || classes.slice(0, 3).join(', ');
  return name ?? `${data}, ${config.preset === 'custom' ? 'own settings' : config.preset}, ${formatKimg(kimg)}`;
}
