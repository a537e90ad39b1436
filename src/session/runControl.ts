/**
 * Pause and stop for long work: whoever does the work calls `await control.gate()` between units that take well under a second.
 * The gate resolves at once while running, waits while paused and throws `RunStopped` once stopped. Nothing here polls: pausing costs no
 * CPU, and it works in a hidden tab.
 */

/** Thrown out of the work by `gate()` after `stop()`; the session catches it, nobody else should. */
export class RunStopped extends Error {
  constructor() {
    super('The run was stopped.');
    this.name = 'RunStopped';
  }
}

export class RunControl {
  private paused = false;
  private stopped = false;
  private wake: (() => void) | null = null;
  private resting: Promise<void> | null = null;
  private onRest: (() => void) | null = null;
  private atRest = false;

  /** Asks the work to rest; resolves when it has reached its next gate. */
  pause(): Promise<void> {
    this.paused = true;
    if (this.atRest) return Promise.resolve();
    this.resting ??= new Promise((resolve) => {
      this.onRest = resolve;
    });
    return this.resting;
  }

  resume(): void {
    this.paused = false;
    this.settleRest();
    this.wake?.();
  }

  stop(): void {
    this.stopped = true;
    this.settleRest();
    this.wake?.();
  }

  get isPaused(): boolean {
    return this.paused;
  }

  async gate(): Promise<void> {
    while (this.paused && !this.stopped) {
      this.atRest = true;
      this.settleRest();
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = null;
    }
    this.atRest = false;
    if (this.stopped) throw new RunStopped();
  }

  private settleRest(): void {
    this.onRest?.();
    this.onRest = null;
    this.resting = null;
  }
}

/** A gate that keeps the time spent paused out of the meter's estimate. */
export async function rest(control: RunControl, meter: { rest(): void }): Promise<void> {
  const paused = control.isPaused;
  await control.gate();
  if (paused) meter.rest();
}
