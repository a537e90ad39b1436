/**
 * A notification of the system when a run has ended. The browser is asked only when the user presses the button, never
 * by itself.
 */
import { useEffect } from 'react';
import type { SessionState } from '../session/protocol/events';
import type { Studio } from '../state/studio';
import { useStudio } from '../state/studioContext';

const words: Partial<Record<SessionState, { title: string; body: string }>> = {
  finished: { title: 'Training has finished', body: 'Your samples and the export are ready.' },
  failed: { title: 'Training has come to a halt', body: 'The page says what happened and how to go on.' },
};

/** Turns the notification on, or off again. To be called by the press of a button. */
export async function toggleNotify(studio: Studio): Promise<void> {
  if (studio.state.notify) return studio.setNotify(false, 'You will not be told when training has ended.');
  const answer = 'Notification' in globalThis ? await Notification.requestPermission() : 'denied';
  if (answer === 'granted') studio.setNotify(true, 'You will be told when training has ended.');
  else
    studio.setNotify(
      false,
      'The browser does not let this page send notifications. Allow them in the site settings, left of the address, and press again.',
    );
}

/** Phones let only a service worker send notifications. Where neither can, the title and the icon tell it. */
async function notify({ title, body }: { title: string; body: string }): Promise<void> {
  const how = { body, icon: './icon-192.png', tag: 'lcp-gan-studio' };
  try {
    new Notification(title, how).addEventListener('click', () => window.focus());
  } catch {
    const worker = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
    await worker?.showNotification(title, how).catch(() => undefined);
  }
}

/** Tells the end of a run, where that was asked for. */
export function useNotifying(): void {
  const studio = useStudio();
  useEffect(
    () =>
      studio.store.subscribe((state, before) => {
        if (state.session === before.session || !state.notify) return;
        const told = words[state.session];
        if (told) void notify(told);
      }),
    [studio],
  );
}
