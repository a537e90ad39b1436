/**
 * Draws a screen of many parts a part at a time, so that its first appearance never holds up the page: React draws what
 * a store brings in one go.
 */
import { startTransition, useEffect, useState } from 'react';
import { scheduleFrame } from '../../state/eventBatcher';

/** @returns how many of the parts to draw: one at first, and one more with each frame until there are `count` */
export function useParts(count: number): number {
  const [drawn, setDrawn] = useState(1);
  useEffect(
    () => (drawn < count ? scheduleFrame(() => startTransition(() => setDrawn(drawn + 1))) : undefined),
    [drawn, count],
  );
  return drawn;
}
