/**
 * The site on this machine: the service worker keeps it, and says when everything is there. Only for the built site,
 * where the browser has service workers, and not inside of another page.
 */
import type { Studio } from '../state/studio';

/** Once the page has come to rest: what is kept now competes with nothing that a user waits for. */
const restMs = 3000;

export async function keepOffline(studio: Pick<Studio, 'setKeptOffline'>): Promise<void> {
  const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer };
  if (!serviceWorker || !window.isSecureContext || window.self !== window.top) return;
  try {
    serviceWorker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'object' && data && 'kept' in data) studio.setKeptOffline(data.kept === true);
    });
    await serviceWorker.register(new URL('serviceWorker.js', document.baseURI), { updateViaCache: 'none' });
    const { active } = await serviceWorker.ready;
    setTimeout(() => active?.postMessage('keep all'), restMs);
  } catch {
    // Forbidden, or no room: the studio works as long as there is a network.
  }
}
