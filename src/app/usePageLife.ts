/**
 * The page among other pages: its title and icon tell the progress, leaving it in a run is asked about, it knows whether
 * it is online, and it says what went on while it was hidden.
 */
import { useEffect } from 'react';
import { awayNote, type Sight } from '../state/away';
import { usePreferences } from '../state/preferencesContext';
import type { Studio } from '../state/studio';
import { wouldLoseWork } from '../state/studioState';
import { useStudio, useStudioState } from '../state/studioContext';
import { showIcon } from './favicon';
import { useNotifying } from './notifying';
import { percentOf, signOf, titleOf } from './tabTitle';
import { useAwake } from './useAwake';

function useTitleAndIcon(): void {
  const title = useStudioState(titleOf);
  const percent = useStudioState(percentOf);
  const sign = useStudioState(signOf);
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => showIcon(percent, sign), [percent, sign]);
}

/** Measures what training does while nobody looks. */
function followVisibility(studio: Studio): () => void {
  const now = (): Sight => ({ at: Date.now(), iteration: studio.state.run.latest?.iteration ?? 0 });
  const seen: { begun: Sight | null; left: Sight | null } = { begun: null, left: null };
  const change = () => {
    if (document.visibilityState === 'hidden') seen.left = studio.state.session === 'training' ? now() : null;
    else {
      const note = seen.left && awayNote(seen.begun ?? seen.left, seen.left, now());
      if (note) studio.tell({ code: 'away', ...note });
      seen.left = null;
      seen.begun = null;
    }
  };
  const unsubscribe = studio.store.subscribe((state, before) => {
    if (state.session !== before.session) seen.begun = null;
    else if (state.session === 'training' && state.run.latest !== before.run.latest) seen.begun ??= now();
  });
  document.addEventListener('visibilitychange', change);
  return () => {
    unsubscribe();
    document.removeEventListener('visibilitychange', change);
  };
}

export function usePageLife(): void {
  const studio = useStudio();
  const { preferences } = usePreferences();
  useTitleAndIcon();
  useNotifying();
  useAwake(useStudioState(({ session }) => session === 'training' || session === 'preparing') && preferences.awake);
  useEffect(() => followVisibility(studio), [studio]);
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (wouldLoseWork(studio.state)) event.preventDefault();
    };
    const follow = () => studio.setOnline(navigator.onLine);
    follow();
    window.addEventListener('beforeunload', ask);
    window.addEventListener('online', follow);
    window.addEventListener('offline', follow);
    return () => {
      window.removeEventListener('beforeunload', ask);
      window.removeEventListener('online', follow);
      window.removeEventListener('offline', follow);
    };
  }, [studio]);
}
