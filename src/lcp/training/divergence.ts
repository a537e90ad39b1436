/**
 * Divergence of the adversarial training, told from its statistics. Three findings count: a number that is not finite
 * (a loss, a gradient or a parameter, found by its bits), a loss beyond all bounds, and a loss far outside its own
 * history. The last is judged robustly: by the distance from the median of recent points in units of the median
 * absolute deviation (scaled by 1.4826, which makes it the standard deviation of normally distributed values), twice in
 * a row, because a single hard batch may throw a loss far out and mean nothing. While lambda or lambda_clip ramp the
 * losses' scale changes by intention: points are then neither judged nor kept, and history begins anew at each level.
 * All limits are our own choice.
 */
import type { StatPoint } from '../../shared/domain';

export const divergenceLimits = {
  /** Robust deviations from the median beyond which a loss is an outlier, and the least distance that counts at all. */
  deviations: 20,
  distance: 10,
  /** Least spread as a share of the median's size and in itself, for histories that hardly vary. */
  relativeSpread: 0.02,
  leastSpread: 0.1,
  /** Points that the history must have before anything is an outlier, and that it has at most. */
  points: 24,
  window: 200,
  /** A hinge loss of this size is no measure of anything any more. */
  bound: 1e6,
} as const;

/** `suspicious`: an outlier that may still be chance. Nothing may be kept as a good state then. */
export type Vital = 'fine' | 'suspicious' | 'diverged';

export interface Verdict {
  vital: Vital;
  /**
   * What was seen, as a clause with its number: "the generator's loss jumped to 83.1 (usually about 0.4)"; empty when
   * fine.
   */
  cause: string;
}

const watched = [
  { key: 'lossD', owner: 'the discriminator’s' },
  { key: 'lossG', owner: 'the generator’s' },
] as const;
type WatchedLoss = (typeof watched)[number];

const fine: Verdict = { vital: 'fine', cause: '' };

export class DivergenceWatch {
  readonly #history: { lossD: number[]; lossG: number[] } = { lossD: [], lossG: [] };
  /** lambda and lambda_clip of the points in the history. */
  #level = '';
  /** Whether the last point was an outlier. */
  #suspicious = false;

  /** Judges the newest point; call it once a point, in order. */
  judge({ values }: StatPoint): Verdict {
    const broken = nonFinite(values) ?? unbounded(values);
    if (broken !== null) return { vital: 'diverged', cause: broken };
    const level = `${values['lambda'] ?? 0} ${values['lambdaClip'] ?? 0}`;
    if (level !== this.#level) {
      this.#level = level;
      this.#forget();
    }
    const outlier = watched.map((loss) => this.#outlier(loss, values[loss.key])).find((cause) => cause !== null);
    if (outlier !== undefined) {
      const again = this.#suspicious;
      this.#suspicious = true;
      return { vital: again ? 'diverged' : 'suspicious', cause: outlier };
    }
    this.#suspicious = false;
    for (const { key } of watched) {
      const value = values[key];
      if (value === undefined) continue;
      this.#history[key].push(value);
      if (this.#history[key].length > divergenceLimits.window) this.#history[key].shift();
    }
    return fine;
  }

  /** Forgets the history: after a rollback what follows is another course. */
  restart(): void {
    this.#level = '';
    this.#forget();
  }

  #forget(): void {
    this.#history.lossD.length = 0;
    this.#history.lossG.length = 0;
    this.#suspicious = false;
  }

  #outlier({ key, owner }: WatchedLoss, value: number | undefined): string | null {
    const { points, distance, deviations, relativeSpread, leastSpread } = divergenceLimits;
    const history = this.#history[key];
    if (value === undefined || history.length < points) return null;
    const centre = median(history);
    const deviation = 1.4826 * median(history.map((other) => Math.abs(other - centre)));
    const spread = Math.max(deviation, relativeSpread * Math.abs(centre), leastSpread);
    const apart = Math.abs(value - centre);
    return apart > distance && apart > deviations * spread
      ? `${owner} loss jumped to ${value.toPrecision(3)} (usually about ${centre.toPrecision(2)})`
      : null;
  }
}

function nonFinite(values: Readonly<Record<string, number>>): string | null {
  const count = values['gradNonFinite'] ?? 0;
  if (count > 0)
    return count === 1
      ? 'a gradient or weight was not a finite number'
      : `${count.toLocaleString('en')} gradients or weights were not finite numbers`;
  const [name] = Object.entries(values).find(([, value]) => !Number.isFinite(value)) ?? [];
  const loss = watched.find(({ key }) => key === name);
  if (loss) return `${loss.owner} loss was not a finite number`;
  return name === undefined ? null : `“${name}” was not a finite number`;
}

function unbounded(values: Readonly<Record<string, number>>): string | null {
  const loss = watched.find(({ key }) => Math.abs(values[key] ?? 0) > divergenceLimits.bound);
  return loss ? `${loss.owner} loss grew to ${(values[loss.key] ?? 0).toPrecision(3)}` : null;
}

/** The middle value; the mean of the two middle ones for an even count. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] ?? NaN) + (sorted[half] ?? NaN)) / 2;
}
