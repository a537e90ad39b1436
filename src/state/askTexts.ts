/**
 * What a person types into the box that asks CLIP, as single texts: one a line; where there is one line only, commas
 * separate. Empty ones and repetitions are left out.
 */
import { mostCharacters, mostTexts } from '../session/clip/clipAnswer';

export interface AskedTexts {
  /** At most `mostTexts`. */
  texts: string[];
  /** How many more there were. */
  left: number;
}

export function textsOf(typed: string): AskedTexts {
  const lines = typed.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const [only = ''] = lines;
  // Commas of other scripts separate as well.
  const parts = lines.length > 1 ? lines : only.split(/[,،、，]/);
  const texts = [...new Set(parts.map((part) => part.trim().slice(0, mostCharacters)))].filter((text) => text !== '');
  return { texts: texts.slice(0, mostTexts), left: Math.max(0, texts.length - mostTexts) };
}
