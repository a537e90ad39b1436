/**
 * The curves of the run, refreshed at most every `milliseconds`: drawing them is dear, and no eye follows sixty a
 * second.
 */
import { useEffect, useState } from 'react';
import type { Curves } from '../../state/seriesHistory';
import { useStudio } from '../../state/studioContext';

export function useCurves(milliseconds: number): Curves {
  const studio = useStudio();
  const [curves, setCurves] = useState(() => studio.series.curves());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const refresh = () => {
      timer = null;
      setCurves(studio.series.curves());
    };
    const unsubscribe = studio.store.subscribe((state, before) => {
      if (state.run.seriesRevision !== before.run.seriesRevision) timer ??= setTimeout(refresh, milliseconds);
    });
    return () => {
      unsubscribe();
      if (timer) clearTimeout(timer);
    };
  }, [studio, milliseconds]);
  return curves;
}
