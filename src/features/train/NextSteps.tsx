/** After a run: what there is now, and what to do with it. Takes the focus, because the run's buttons have gone. */
import { CircleCheck } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { useStudioState } from '../../state/studioContext';
import { formatKimg } from '../../shared/kimg';

export function NextSteps({ actions }: { actions: ReactNode }) {
  const session = useStudioState((state) => state.session);
  const kimg = useStudioState((state) => state.run.latest?.kimg ?? null);
  const exported = useStudioState((state) => state.run.exportedKimg);
  const kept = useStudioState((state) => state.run.keptAs !== null);
  const heading = useRef<HTMLHeadingElement>(null);
  const ended = session === 'finished' || session === 'stopped';
  useEffect(() => {
    if (ended) heading.current?.focus({ preventScroll: true });
  }, [ended]);
  if (!ended) return null;
  const trained = kimg !== null;
  const whereKept =
    session === 'stopped'
      ? 'This browser keeps the run, too: under Runs you can go on with it.'
      : 'This browser keeps the run, too: find it under Runs.';
  const text = !trained
    ? 'The run was stopped before training began, so there is nothing to export yet.'
    : exported === kimg
      ? 'The export is in your downloads: the networks as safetensors, and a Python file that opens them in PyTorch.'
      : `Export keeps the networks, the prompts and the settings in one file. ${kept ? whereKept : 'This browser keeps nothing of it once the page is closed.'}`;
  return (
    <section
      aria-labelledby="next-steps"
      className="card flex flex-wrap items-center gap-x-6 gap-y-4 border-accent p-4 sm:p-6"
    >
      <CircleCheck className="size-8 shrink-0 text-accent" aria-hidden />
      <div className="min-w-0 flex-1 basis-72">
        <h2 id="next-steps" ref={heading} tabIndex={-1} className="text-lg font-semibold outline-none">
          {session === 'finished' ? 'The run is complete' : 'The run was stopped'}
          {trained && ` at ${formatKimg(kimg)}`}
        </h2>
        <p className="text-sm text-muted">{text}</p>
      </div>
      <div className="flex flex-wrap gap-2">{actions}</div>
    </section>
  );
}
