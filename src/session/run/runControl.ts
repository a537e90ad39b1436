/**
 * Pause and stop for long work: whoever does the work calls `await gate.gate()` between units that take well under a
 * second. The gate resolves at once while running, waits while paused and throws `RunStopped` once stopped. Nothing
 * here polls: pausing costs no CPU, and it works in a hidden tab. An `Attempt` is the same for the work on one GPU: it
 * also ends when that GPU is lost.
 */
import type { StudioError } from '../../shared/errors';

/** Thrown out of the work by `gate()` after `stop()`; the session catches it, nobody else should. */
export class RunStopped extends Error {
  constructor() {
    super('The run was stopped.');
    this.name = 'RunStopped';
  }
}

export interface Gate {
  readonly isPaused: boolean;
  /** Aborted with `RunStopped`: for work that waits on something which may never come, as a server. */
  readonly signal: AbortSignal;
  gate(): Promise<void>;
}

export class RunControl implements Gate {
  private paused = false;
  private stopped = false;
  /** Work that waits at the gate. */
  private readonly waiting = new Set<() => void>();
  private resting: Promise<void> | null = null;
  private onRest: (() => void) | null = null;
  private readonly stopper = new AbortController();

  /** Asks the work to rest; resolves when it has reached its next gate. */
  pause(): Promise<void> {
    this.paused = true;
    if (this.waiting.size > 0) return Promise.resolve();
    this.resting ??= new Promise((resolve) => {
      this.onRest = resolve;
    });
    return this.resting;
  }

  resume(): void {
    this.paused = false;
    this.settleRest();
    this.wake();
  }

  stop(): void {
    this.stopped = true;
    this.stopper.abort(new RunStopped());
    this.settleRest();
    this.wake();
  }

  get signal(): AbortSignal {
    return this.stopper.signal;
  }

  get isPaused(): boolean {
    return this.paused;
  }

  get isStopped(): boolean {
    return this.stopped;
  }

  async gate(): Promise<void> {
    while (this.paused && !this.stopped) {
      const woken = new Promise<void>((resolve) => this.waiting.add(resolve));
      this.settleRest();
      await woken;
    }
    if (this.stopped) throw new RunStopped();
  }

  private wake(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const resolve of waiting) resolve();
  }

  private settleRest(): void {
    this.onRest?.();
    this.onRest = null;
    this.resting = null;
  }
}

/** The work of a run on one GPU. After `revoke` no gate of it opens any more, however late the work arrives there. */
export class Attempt implements Gate {
  /** Rejects on `revoke`: what waits for a GPU that is gone may never come to a gate. */
  readonly revoked: Promise<never>;
  private reason: StudioError | null = null;
  private reject: (error: StudioError) => void = () => undefined;

  constructor(private readonly run: Gate) {
    this.revoked = new Promise((_, reject) => {
      this.reject = reject;
    });
    // Whoever races against it hears of it; nobody else has to.
    this.revoked.catch(() => undefined);
  }

  revoke(error: StudioError): void {
    this.reason ??= error;
    this.reject(this.reason);
  }

  get isPaused(): boolean {
    return this.run.isPaused;
  }

  get signal(): AbortSignal {
    return this.run.signal;
  }

  async gate(): Promise<void> {
    this.check();
    await Promise.race([this.run.gate(), this.revoked]);
    this.check();
  }

  /** A gate that neither rests nor stops. @throws StudioError with the reason of `revoke` */
  check(): void {
    if (this.reason) throw this.reason;
  }

  /** The same; `close` ends what was made on a GPU that was lost meanwhile, and is not taken over. */
  checkOr(close: () => void): void {
    if (this.reason) close();
    this.check();
  }
}

/** A gate that keeps the time spent paused out of the meter's estimate. */
export async function rest(gate: Gate, meter: { rest(): void }): Promise<void> {
  const paused = gate.isPaused;
  await gate.gate();
  if (paused) meter.rest();
}
