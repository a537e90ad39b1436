/** One kept run: what it is called, what it was made of, how far it came, and what can be done with it. */
import { GitFork, Pencil, Play, Trash2 } from 'lucide-react';
import type { KeptRun } from '../../session/saving/shelfRunStore';
import { formatBytes } from '../../shared/bytes';
import { runName } from '../../state/libraryState';
import { hindrance } from '../../state/resuming';
import { useStudio, useStudioState } from '../../state/studioContext';
import { isRunning } from '../../state/studioState';
import { formatKimg } from '../../shared/kimg';
import { Button } from '../../ui/Button';
import { formatCount, plural } from '../../ui/format';
import { useDraft } from '../../ui/useDraft';

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const baseNames: Record<string, string> = { biggan: 'BigGAN', stylegan2: 'StyleGAN2-ADA' };

function Name({ run }: { run: KeptRun }) {
  const { library } = useStudio();
  const name = runName(run);
  const { draft, ended, begin, onSubmit, field } = useDraft((text) => void library.rename(run.id, text));
  if (draft === null)
    return (
      <span className="flex items-center gap-1">
        <span className="font-semibold wrap-anywhere">{name}</span>
        <Button
          size="small"
          variant="quiet"
          icon={Pencil}
          iconOnly
          focusFirst={ended}
          onPress={() => begin(run.name ?? name)}
        >
          {`Rename ${name}`}
        </Button>
      </span>
    );
  return (
    <form onSubmit={onSubmit} className="flex flex-wrap items-center gap-2">
      <input
        aria-label="Name of the run"
        className="min-h-8 rounded-control border border-line-strong bg-raised px-2 text-sm"
        maxLength={80}
        {...field}
      />
      <Button type="submit" size="small" variant="primary">
        Save the name
      </Button>
    </form>
  );
}

function Facts({ run, state }: { run: KeptRun; state: string | null }) {
  const { config, iteration, iterations, kimg, title, imageCount, labeledCount, classes } = run;
  const facts = [
    `${baseNames[config.base] ?? config.base}, ${config.resolution} px`,
    `iteration ${formatCount(iteration)} of ${formatCount(iterations)} (${formatKimg(kimg)})`,
    moment.format(run.savedAt),
    run.whole ? formatBytes(run.bytes) : 'curves and samples only',
  ];
  return (
    <>
      <span className="numeric block text-xs text-muted">{facts.join(' · ')}</span>
      <span className="block text-xs text-muted">
        {title?.data && `${title.data}: `}
        {`${plural(imageCount, 'picture')}, ${formatCount(labeledCount)} of them labeled, in ${plural(classes.length, 'class', 'classes')}`}
        {title?.origin && ` · began with the networks of ${title.origin}`}
        {state && ` · ${state}`}
      </span>
    </>
  );
}

export function RunRow({ run, compared }: { run: KeptRun; compared: boolean }) {
  const { library } = useStudio();
  const now = useStudioState((state) => isRunning(state.session) && state.run.keptAs === run.id);
  const own = useStudioState((state) => state.library.own.includes(run.id));
  const busy = useStudioState((state) => isRunning(state.session));
  const why = useStudioState((state) => hindrance(run, state));
  const elsewhere = run.elsewhere && !own;
  const name = runName(run);
  const going = now ? 'going on now' : elsewhere ? 'open in another tab' : null;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3" data-testid="kept-run">
      <input
        type="checkbox"
        className="size-5 shrink-0 accent-accent"
        aria-label={`Compare ${name}`}
        checked={compared}
        onChange={(event) => void library.compare(run.id, event.target.checked)}
      />
      <div className="min-w-0 flex-1 basis-56">
        <Name run={run} />
        <Facts run={run} state={going ?? (run.whole && why && !busy ? why : null)} />
      </div>
      <div className="flex flex-wrap gap-1">
        <Button
          size="small"
          icon={Play}
          disabled={why !== null || elsewhere}
          onPress={() => void library.resume(run.id)}
        >
          Go on
        </Button>
        <Button size="small" icon={GitFork} disabled={!run.whole || busy} onPress={() => void library.fork(run.id)}>
          Start from its networks
        </Button>
        <Button
          size="small"
          variant="quiet"
          icon={Trash2}
          iconOnly
          disabled={now || elsewhere}
          onPress={() => void library.remove(run.id)}
        >
          {`Delete ${name}`}
        </Button>
      </div>
    </li>
  );
}
