/** Puts a link with the settings, and nothing of the data, on the clipboard. */
import type { Studio } from '../state/studio';
import { shareAddress } from './useAddress';

export async function copyLink(studio: Studio): Promise<void> {
  const copied = await navigator.clipboard.writeText(shareAddress(studio.state)).then(
    () => true,
    () => false,
  );
  studio.announce(
    copied
      ? 'Copied a link with these settings. It holds nothing of your pictures.'
      : 'The browser does not let this page copy. The address above holds the settings, too, once you have changed one.',
  );
}
