/**
 * A bar with its words: what is going on, how far it is, how long it will take. `total` 0 means that the end is not
 * known.
 */
import { Button } from './Button';

export interface ProgressBarProps {
  label: string;
  done: number;
  total: number;
  /** E.g. "12 of 400 pictures"; read out as the bar's value. */
  value: string;
  /** E.g. "about 2 min left". */
  aside?: string | undefined;
  /** True stops the animation of a bar without a known end. */
  still?: boolean;
}

/** The bar of what can be ended, with a button for that. */
export function CancellableProgress({ onCancel, ...bar }: ProgressBarProps & { onCancel: () => void }) {
  return (
    <div className="flex items-end gap-4">
      <div className="min-w-0 flex-1">
        <ProgressBar {...bar} />
      </div>
      <Button size="small" onPress={onCancel}>
        Cancel
      </Button>
    </div>
  );
}

export function ProgressBar({ label, done, total, value, aside, still = false }: ProgressBarProps) {
  const known = total > 0;
  const percent = known ? Math.min(100, (100 * done) / total) : 0;
  return (
    <div className="min-w-0">
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-x-4 text-sm">
        <span className="font-semibold">{label}</span>
        <span className="numeric text-muted">
          {value}
          {aside && <span> · {aside}</span>}
        </span>
      </div>
      {/* The element for assistive technology, the bar below for the eye: a native one cannot be styled alike everywhere. */}
      <progress
        className="sr-only"
        aria-label={label}
        aria-valuetext={aside ? `${value}, ${aside}` : value}
        max={100}
        {...(known ? { value: Math.round(percent) } : {})}
      />
      <div aria-hidden className="h-2 overflow-hidden rounded-full bg-sunken ring-1 ring-line ring-inset">
        {known ? (
          // No transition: it moves several times a second, and the page would be drawn in every frame. Where a browser
          // draws by software that took more of the processor than reading pictures does.
          <div className="h-full rounded-full bg-accent" style={{ width: `${percent}%` }} />
        ) : (
          <div className={`h-full w-1/4 rounded-full bg-accent ${still ? '' : 'bar-unknown'}`} />
        )}
      </div>
    </div>
  );
}
