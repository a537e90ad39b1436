/**
 * The run's timeline: one scrubber that moves samples, curves, clusters and measurements together. Plays, repeats, sets
 * a second moment beside the first, and saves the grids as a film.
 */
import { Columns2, Film as FilmIcon, Pause, Play, Repeat, SkipForward, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { formatCount, plural } from '../../ui/format';
import { FilmChoice } from '../../ui/FilmChoice';
import type { FilmKind } from '../../state/film';
import { Compare } from './Compare';
import { markLooks } from './runMarks';
import { useMoment } from './useMoment';

const frameMilliseconds = 140;

/** Plays from grid to grid. Stops at the newest, or begins again where it repeats. */
function usePlaying(index: number, last: number, goTo: (index: number) => void) {
  const [playing, setPlaying] = useState(false);
  const [loop, setLoop] = useState(false);
  useEffect(() => {
    if (!playing) return undefined;
    const timer = setTimeout(() => {
      if (index < last) goTo(index + 1);
      else if (loop) goTo(0);
      else setPlaying(false);
    }, frameMilliseconds);
    return () => clearTimeout(timer);
  }, [playing, loop, index, last, goTo]);
  const toggle = () => {
    if (!playing && index >= last) goTo(0);
    setPlaying(!playing);
  };
  return { playing, loop, setLoop, toggle, stop: () => setPlaying(false) };
}

function FilmButton() {
  const studio = useStudio();
  const [kind, setKind] = useState<FilmKind>('mp4');
  const [done, setDone] = useState<number | null>(null);
  const [problem, setProblem] = useState(false);
  const save = async () => {
    setDone(0);
    setProblem(false);
    try {
      const [{ makeFilm }, { timelineReel }] = await Promise.all([
        import('../../state/film'),
        import('./timelineFilm'),
      ]);
      const { samples } = studio;
      const count = samples.length;
      const reel = await timelineReel(samples, (each) => setDone(each / count));
      const film = reel && (await makeFilm(reel, kind));
      if (film) studio.save(`lcp-gan-timeline.${film.ending}`, film.blob);
    } catch {
      setProblem(true);
    }
    setDone(null);
  };
  return (
    <>
      <Button variant="quiet" size="small" icon={FilmIcon} pending={done !== null} onPress={() => void save()}>
        {done === null ? 'Save as a film' : `Filming ${Math.round(100 * done)}%`}
      </Button>
      <FilmChoice value={kind} onChange={setKind} />
      {problem && (
        <span className="text-xs text-bad">The film could not be made. Close other tabs and try once more.</span>
      )}
    </>
  );
}

/** Marks over the slider, at the kept grid that each belongs to. */
function Marks({ iterations }: { iterations: readonly number[] }) {
  const markers = useStudioState((state) => state.run.markers);
  const last = Math.max(1, iterations.length - 1);
  return (
    <span aria-hidden className="pointer-events-none absolute inset-x-2 -top-0.5 h-2">
      {markers
        .filter(({ kind }) => kind !== 'note')
        .map(({ iteration, kind }, i) => {
          const index = Math.max(
            0,
            iterations.findLastIndex((each) => each <= iteration),
          );
          return (
            <span
              key={i}
              className="absolute h-2 w-0.5 rounded-full"
              style={{ insetInlineStart: `${(100 * index) / last}%`, background: `var(${markLooks[kind].color})` }}
            />
          );
        })}
    </span>
  );
}

export function Timeline() {
  const { frame, iterations, index, following, goTo } = useMoment();
  const last = iterations.length - 1;
  const { playing, loop, setLoop, toggle, stop } = usePlaying(index, last, goTo);
  /** The moment that the shown one is compared with. */
  const [beside, setBeside] = useState<number | null>(null);
  if (!frame || iterations.length < 2) return null;
  const shown = iterations[index] ?? 0;
  return (
    <section aria-label="Timeline" className="card grid gap-3 px-4 py-2 sm:px-6">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Button variant="quiet" size="small" icon={playing ? Pause : Play} iconOnly onPress={toggle}>
          {playing ? 'Hold the timeline' : 'Play the timeline'}
        </Button>
        <button
          type="button"
          aria-pressed={loop}
          aria-label="Repeat"
          title="Repeat"
          onClick={() => setLoop(!loop)}
          className={`grid size-8 place-items-center rounded-control ${loop ? 'bg-accent-soft text-accent' : 'hover:bg-sunken'}`}
        >
          <Repeat className="size-4" aria-hidden />
        </button>
        <span className="relative flex min-w-40 flex-1 items-center">
          <Marks iterations={iterations} />
          <input
            type="range"
            min={0}
            max={last}
            step={1}
            value={index}
            aria-label="Moment of the run"
            aria-valuetext={`Iteration ${formatCount(shown)}`}
            onChange={(event) => {
              stop();
              goTo(Number(event.target.value));
            }}
            className="h-8 w-full min-w-0 accent-accent"
          />
        </span>
        <span className="numeric text-xs text-muted" title={plural(iterations.length, 'kept grid')}>
          {`${formatCount(shown)} of ${formatCount(iterations[last] ?? 0)}`}
        </span>
        <Button variant="quiet" size="small" icon={SkipForward} disabled={following} onPress={() => goTo(last)}>
          Newest
        </Button>
        {beside === null ? (
          <Button variant="quiet" size="small" icon={Columns2} onPress={() => setBeside(shown)}>
            Compare
          </Button>
        ) : (
          <Button variant="quiet" size="small" icon={X} onPress={() => setBeside(null)}>
            End comparing
          </Button>
        )}
        <FilmButton />
      </div>
      {beside !== null && <Compare a={beside} />}
    </section>
  );
}
