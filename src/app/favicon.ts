/** The page's icon as a ring that fills with the run's progress, so that a tab among many tells how far it is. */

const original = './icon.svg';

/** What the middle of the ring says: that something is prepared, that the run is paused; nothing while it trains. */
export type IconSign = 'preparing' | 'paused' | null;

const signs = {
  preparing: '<circle cx="16" cy="16" r="4" fill="#0c7c5f"/>',
  paused: '<path d="M12 11v10M20 11v10" stroke="#0c7c5f" stroke-width="3.5"/>',
};

/** A ring of which `share` in [0, 1] is drawn. */
export function progressIcon(share: number, sign: IconSign): string {
  const around = 2 * Math.PI * 12;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="12" fill="none" stroke="#9bb5ad" stroke-width="6"/><circle cx="16" cy="16" r="12" fill="none" stroke="#0c7c5f" stroke-width="6" stroke-dasharray="${(share * around).toFixed(1)} ${around.toFixed(1)}" transform="rotate(-90 16 16)"/>${sign ? signs[sign] : ''}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** @param percent null for the studio's own icon */
export function showIcon(percent: number | null, sign: IconSign): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  if (link) link.href = percent === null ? original : progressIcon(percent / 100, sign);
}
