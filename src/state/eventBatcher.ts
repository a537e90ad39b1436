/**
 * Collects what arrives between two frames and hands it over at once, in order, so that the page renders once a frame
 * however many events the trainer sends.
 */
export class EventBatcher<T> {
  private queue: T[] = [];
  private cancel: (() => void) | null = null;

  constructor(
    private readonly apply: (batch: T[]) => void,
    private readonly schedule: (flush: () => void) => () => void,
  ) {}

  push(item: T): void {
    this.queue.push(item);
    this.cancel ??= this.schedule(() => this.flush());
  }

  /** Hands over what is queued now; does nothing when the queue is empty. */
  flush(): void {
    this.cancel?.();
    this.cancel = null;
    if (this.queue.length === 0) return;
    const batch = this.queue;
    this.queue = [];
    this.apply(batch);
  }

  /** Forgets what is queued. */
  clear(): void {
    this.cancel?.();
    this.cancel = null;
    this.queue = [];
  }
}

/**
 * The browser's schedule: the next animation frame, or half a second where no frame comes (a hidden tab draws none, and
 * the queue must not grow for hours).
 */
export function scheduleFrame(flush: () => void): () => void {
  const cancel = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
  const run = () => {
    cancel();
    flush();
  };
  const frame = requestAnimationFrame(run);
  const timer = setTimeout(run, 500);
  return cancel;
}
