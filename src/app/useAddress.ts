/**
 * The settings in the address: taken from it when the page opens, and written to it as they are changed, so that a link
 * or a bookmark brings them back.
 */
import { useEffect } from 'react';
import { readFragment, shareFragment } from '../state/shareLink';
import type { StudioState } from '../state/studioState';
import { useStudio } from '../state/studioContext';

/** The address of the studio with the settings as they are. */
export function shareAddress({ config, preset, clip }: StudioState): string {
  return window.location.href.split('#')[0] + shareFragment(config, preset, clip);
}

export function useAddress(): void {
  const studio = useStudio();
  useEffect(() => {
    const take = () => {
      const shared = readFragment(window.location.hash);
      if (shared) studio.setup.takeShared(shared);
    };
    take();
    const unsubscribe = studio.store.subscribe((state, before) => {
      if (state.configTouched && (state.config !== before.config || state.clip !== before.clip))
        window.history.replaceState(null, '', shareAddress(state));
    });
    window.addEventListener('hashchange', take);
    return () => {
      unsubscribe();
      window.removeEventListener('hashchange', take);
    };
  }, [studio]);
}
