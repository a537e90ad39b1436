/**
 * Cross-origin isolation where the host sends no headers for it: a service worker of ours (public/serviceWorker.js) adds
 * them, and the page is loaded once more, before anything was opened. At most once a tab: where that does not help, the
 * studio works without (CLIP then computes on one thread).
 */

/** The page, as far as this needs to know it. */
export interface IsolationPage {
  isolated: boolean;
  secure: boolean;
  /** Inside of another page, whose headers decide. */
  framed: boolean;
  /** Null where the browser has no service workers or forbids them. */
  register: (() => Promise<unknown>) | null;
  /** Lives as long as the tab; may throw. */
  storage: () => Pick<Storage, 'getItem' | 'setItem'>;
  /** False once something would be lost. */
  mayReload: () => boolean;
  reload: () => void;
}

const KEY = 'isolation-tried';

/** True where the page is about to be loaded again. Never rejects. */
export async function isolateOnce({
  isolated,
  secure,
  framed,
  register,
  storage,
  mayReload,
  reload,
}: IsolationPage): Promise<boolean> {
  if (isolated || !secure || framed || !register) return false;
  try {
    if (storage().getItem(KEY) !== null) return false;
    await register();
    if (!mayReload()) return false;
    // Noted first: without a note there is no reload, so that it can never come twice.
    storage().setItem(KEY, 'yes');
    if (storage().getItem(KEY) === null) return false;
  } catch {
    return false;
  }
  reload();
  return true;
}

/** This page. Resolves to true where it is about to be loaded again. */
export function isolatePage(mayReload: () => boolean): Promise<boolean> {
  const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer };
  const register = async (): Promise<void> => {
    await serviceWorker?.register(new URL('serviceWorker.js', document.baseURI), { updateViaCache: 'none' });
    await serviceWorker?.ready;
  };
  return isolateOnce({
    isolated: window.crossOriginIsolated,
    secure: window.isSecureContext,
    framed: window.self !== window.top,
    register: serviceWorker ? register : null,
    storage: () => window.sessionStorage,
    mayReload,
    reload: () => window.location.reload(),
  });
}
