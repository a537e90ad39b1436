/**
 * What the studio remembers of a user's taste, in localStorage. Storage that is full, forbidden or damaged means
 * defaults, never an error.
 */
import * as v from 'valibot';

const schema = v.object({
  theme: v.fallback(v.picklist(['system', 'light', 'dark']), 'system'),
  /** Single-key shortcuts can be turned off (WCAG 2.1.4). */
  shortcuts: v.fallback(v.boolean(), true),
  /** Weight of the past in smoothed curves, in [0, 1). */
  smoothing: v.fallback(v.pipe(v.number(), v.minValue(0), v.maxValue(0.999)), 0.9),
  /** The screen stays on while training. */
  awake: v.fallback(v.boolean(), true),
  /** What goes on in a run is explained. */
  explained: v.fallback(v.boolean(), true),
  logScale: v.fallback(v.boolean(), false),
});
export type Preferences = v.InferOutput<typeof schema>;

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem'>;

const key = 'lcp-gan-studio/preferences';

export function loadPreferences(storage: Storage | undefined): Preferences {
  try {
    const stored = v.safeParse(schema, JSON.parse(storage?.getItem(key) ?? '{}'));
    if (stored.success) return stored.output;
  } catch {
    // Not JSON, or no storage at all.
  }
  return v.parse(schema, {});
}

export function savePreferences(storage: Storage | undefined, preferences: Preferences): void {
  try {
    storage?.setItem(key, JSON.stringify(preferences));
  } catch {
    // A browser that keeps nothing still works; the choice lasts until the page closes.
  }
}
