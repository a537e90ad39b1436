/**
 * Keeps the screen on while training, where the browser can and the user wants it. A browser takes the lock back
 * whenever the tab is hidden; it is asked for again when the tab returns.
 */
import { useEffect } from 'react';

export function useAwake(wanted: boolean): void {
  useEffect(() => {
    if (!wanted || !('wakeLock' in navigator)) return undefined;
    const held: { lock: WakeLockSentinel | null; over: boolean } = { lock: null, over: false };
    const ask = () => {
      if (document.visibilityState !== 'visible') return;
      navigator.wakeLock.request('screen').then(
        (lock) => {
          if (held.over) void lock.release();
          else held.lock = lock;
        },
        // A battery that is low, or a page that may not: training goes on all the same.
        () => undefined,
      );
    };
    ask();
    document.addEventListener('visibilitychange', ask);
    return () => {
      held.over = true;
      document.removeEventListener('visibilitychange', ask);
      void held.lock?.release();
    };
  }, [wanted]);
}
