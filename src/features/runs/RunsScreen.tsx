/** The runs that this machine keeps: what each is, what can be done with it, and how some of them compare. */
import { Undo2 } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import type { KeptRun } from '../../session/saving/shelfRunStore';
import { formatBytes } from '../../shared/bytes';
import { runName } from '../../state/libraryState';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { Card } from '../../ui/Card';
import { Message } from '../../ui/Message';
import { plural } from '../../ui/format';
import { CompareRuns } from './CompareRuns';
import { RunRow } from './RunRow';

function Deleted({ runs }: { runs: readonly KeptRun[] }) {
  const { library } = useStudio();
  return (
    <section aria-label="Just deleted" className="mt-4 border-t border-line pt-3">
      <h3 className="text-sm font-semibold">Just deleted</h3>
      <p className="text-xs text-muted">For ten minutes a run can be had back; then its space is freed.</p>
      <ul className="mt-1 divide-y divide-line">
        {runs.map((run) => (
          <li key={run.id} className="flex flex-wrap items-center justify-between gap-2 py-1.5 text-sm text-muted">
            <span className="min-w-0 wrap-anywhere">{runName(run)}</span>
            <Button size="small" variant="quiet" icon={Undo2} onPress={() => void library.restore(run.id)}>
              {`Undo deleting ${runName(run)}`}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Empty() {
  return (
    <p className="grid min-h-32 place-items-center rounded-control bg-sunken px-4 text-center text-sm text-muted">
      No run is kept here yet. Every run that trains is kept by itself: its networks, curves and newest samples.
    </p>
  );
}

export interface RunsScreenProps {
  /** The way to where one came from. */
  back: ReactNode;
  /** A card about what went wrong, or nothing. */
  problem: ReactNode;
}

export function RunsScreen({ back, problem: card }: RunsScreenProps) {
  const { library } = useStudio();
  const { runs, problem, compared, records } = useStudioState((state) => state.library);
  useEffect(() => library.follow(), [library]);
  const there = runs?.filter(({ deletedAt }) => deletedAt === null) ?? [];
  const deleted = runs?.filter(({ deletedAt }) => deletedAt !== null) ?? [];
  const bytes = there.reduce((sum, run) => sum + (run.whole ? run.bytes : 0), 0);
  const chosen = compared.flatMap((id) => {
    const run = there.find((each) => each.id === id);
    const open = records.find((each) => each.id === id);
    return run && open ? [{ run, record: open.record }] : [];
  });
  return (
    <div className="mx-auto grid w-full max-w-[100rem] gap-6 px-4 py-6 sm:px-6 lg:py-8">
      <div className="flex flex-wrap items-center gap-3">
        {back}
        <h1 className="text-xl font-semibold tracking-tight">Runs</h1>
      </div>
      {card}
      {problem && <Message tone="error" text={problem.what} why={problem.why} action={problem.action} />}
      <Card
        title="Kept on this machine"
        note={
          there.length > 0
            ? `${plural(there.length, 'run')}, ${formatBytes(bytes)}. The networks of the newest three stay, and of those that you name; of older ones, curves and samples.`
            : undefined
        }
      >
        {runs === null ? (
          <p className="text-sm text-muted">Reading …</p>
        ) : there.length === 0 ? (
          <Empty />
        ) : (
          <ul className="divide-y divide-line" aria-label="Runs">
            {there.map((run) => (
              <RunRow key={run.id} run={run} compared={compared.includes(run.id)} />
            ))}
          </ul>
        )}
        {deleted.length > 0 && <Deleted runs={deleted} />}
      </Card>
      {there.length > 1 && chosen.length < 2 && (
        <p className="text-sm text-muted">Tick two runs or more to compare their curves, samples and settings.</p>
      )}
      {chosen.length > 1 && <CompareRuns chosen={chosen} />}
    </div>
  );
}
