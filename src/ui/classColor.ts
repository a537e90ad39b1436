/**
 * Colors of classes: a fixed round of hues that stay apart for the common kinds of color blindness. Always shown beside
 * a name.
 */
const hues = [172, 45, 262, 345, 95, 305, 215, 20];

/** A CSS color for class `index`, readable as a mark (3:1) on both themes' surfaces. */
export function classColor(index: number): string {
  const hue = hues[index % hues.length] ?? 0;
  const round = Math.floor(index / hues.length) % 2;
  return `oklch(${round === 0 ? 0.63 : 0.56} ${round === 0 ? 0.14 : 0.09} ${hue})`;
}
