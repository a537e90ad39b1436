/**
 * A stretch of the curves of the run, refreshed at most every `milliseconds`: drawing them is dear, and no eye follows
 * sixty a second.
 */
import { useEffect, useState } from 'react';
import type { Curves, SeriesHistory, Span } from '../../state/seriesHistory';
import { useStudio } from '../../state/studioContext';

/** Buckets of a view: about two a pixel of the widest chart. */
const viewPoints = 1500;

/**
 * A stretch of the run: all of it, what came last (as a share of the whole, which moves on with the run), or from one
 * iteration to another.
 */
export type Stretch = { kind: 'all' } | { kind: 'last'; share: number } | ({ kind: 'fixed' } & Span);

/** The iterations of a stretch; null for all there are. */
export function spanOf(stretch: Stretch, history: Pick<SeriesHistory, 'span'>): Span | null {
  if (stretch.kind === 'fixed') return { from: stretch.from, to: stretch.to };
  const whole = history.span;
  if (stretch.kind === 'all' || !whole) return null;
  return { from: Math.round(whole.to - stretch.share * (whole.to - whole.from)), to: whole.to };
}

export interface ShownCurves {
  span: Span | null;
  losses: Curves;
  health: Curves;
}

export function useCurves(stretch: Stretch, milliseconds: number): ShownCurves {
  const studio = useStudio();
  const [shown, setShown] = useState<{ stretch: Stretch; curves: ShownCurves } | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const refresh = () => {
      timer = null;
      setShown({ stretch, curves: curvesOf(studio, stretch) });
    };
    refresh();
    const unsubscribe = studio.store.subscribe((state, before) => {
      if (state.run.seriesRevision !== before.run.seriesRevision || state.run.health !== before.run.health)
        timer ??= setTimeout(refresh, milliseconds);
    });
    return () => {
      unsubscribe();
      if (timer) clearTimeout(timer);
    };
  }, [studio, stretch, milliseconds]);
  return shown?.curves ?? curvesOf(studio, stretch);
}

function curvesOf(studio: { series: SeriesHistory; health: SeriesHistory }, stretch: Stretch): ShownCurves {
  const span = spanOf(stretch, studio.series);
  return { span, losses: studio.series.view(span, viewPoints), health: studio.health.view(span, viewPoints) };
}
