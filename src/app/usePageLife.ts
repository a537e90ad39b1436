/**
 * The page among other pages: its title tells the progress, leaving it in a run is asked about, and it knows whether it
 * is online.
 */
import { useEffect } from 'react';
import { wouldLoseWork } from '../state/studioState';
import { useStudio, useStudioState } from '../state/studioContext';

const name = 'LCP-GAN Studio';

export function usePageLife(): void {
  const studio = useStudio();
  const title = useStudioState(({ session, run: { progress, phase } }) => {
    if (session === 'paused') return `Paused · ${name}`;
    if (session === 'finished') return `Finished · ${name}`;
    if (session === 'training' && phase === 'train' && progress && progress.total > 0)
      return `${Math.floor((100 * progress.done) / progress.total)}% · ${name}`;
    return name;
  });
  useEffect(() => {
    document.title = title;
  }, [title]);

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
