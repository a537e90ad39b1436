/**
 * What went on while the tab was hidden, measured: how far training came, and whether the browser slowed it down. Told
 * as a note in the log, because a page that promises full speed in the background should say when that was not so.
 */

export interface Sight {
  /** Milliseconds since the epoch. */
  at: number;
  iteration: number;
}

export interface AwayNote {
  tone: 'info' | 'warning';
  text: string;
  action: string;
}

/** Shorter absences are not worth a word. */
const leastSeconds = 60;
const slowBelow = 0.7;
/** A pace counted from fewer iterations is off by more than what would be called slow. */
const leastIterations = 20;

/**
 * @param begun when training began to be looked at @param left when the tab was hidden @param back when it was shown again
 * @returns null where there is nothing to tell
 */
export function awayNote(begun: Sight, left: Sight, back: Sight): AwayNote | null {
  const seconds = (back.at - left.at) / 1000;
  const done = back.iteration - left.iteration;
  if (seconds < leastSeconds || done < 0) return null;
  const minutes = Math.round(seconds / 60);
  const text = `The tab was hidden for ${minutes} min. Training went on for ${done.toLocaleString('en-US')} iterations.`;
  const seen = (left.at - begun.at) / 1000;
  const counted = left.iteration - begun.iteration;
  const usual = seen >= leastSeconds && counted >= leastIterations ? counted / seen : 0;
  if (usual * seconds < leastIterations || done / seconds >= slowBelow * usual)
    return { tone: 'info', text, action: '' };
  const share = Math.round((100 * done) / seconds / usual);
  return {
    tone: 'warning',
    text: `${text} That is ${share}% of its speed before.`,
    action: 'The browser or the system saves power for hidden tabs. Keep the tab in a window of its own, in view.',
  };
}
