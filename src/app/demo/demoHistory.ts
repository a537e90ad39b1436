/** A prompt's course for the demonstration, in no relation to any prompt. */
import type { PromptMoment } from '../../shared/domain';

const words = ['round', 'smiling', 'red', 'furry', 'tall', 'shiny'];

export function demoHistory(slot: number): PromptMoment[] {
  return [0, 40, 80].map((iteration, i) => ({
    iteration,
    words: [words[(slot + i) % words.length] ?? ''],
    nearest: [0, 1, 2, 3].map((k) => words[(slot + i + k) % words.length] ?? ''),
    turned: i === 0 ? null : 9 / (i + (slot % 3)),
    apart: 24 + (slot % 5),
  }));
}
