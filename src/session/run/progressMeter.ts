/**
 * Progress of one phase as events: at most one every 200 ms (and always the last), with the time left estimated from
 * the recent pace. The pace is an exponential moving average, so that a pause, a slow first step or another program on
 * the GPU is forgotten within a few reports. `rest()` keeps paused time out of it.
 */
import type { Event, EventOf } from '../protocol/events';

type Phase = EventOf<'progress'>['phase'];
type Unit = EventOf<'progress'>['unit'];

const REPORT_INTERVAL_MS = 200;
/** Weight of the newest pace measurement. */
const PACE_WEIGHT = 0.15;

export interface ProgressOptions {
  phase: Phase;
  label: string;
  unit: Unit;
  /** 0 where unknown. */
  total: number;
  /** Units that were finished before and say nothing about the pace. */
  done?: number;
}

export class ProgressMeter {
  private lastReport = Number.NEGATIVE_INFINITY;
  private lastTime: number;
  private lastDone = 0;
  private millisecondsPerUnit: number | null = null;

  constructor(
    private readonly options: ProgressOptions,
    private readonly emit: (event: Event) => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.lastTime = now();
    this.lastDone = options.done ?? 0;
    this.report(this.lastDone);
  }

  /** `done` units are finished; `total` replaces the total where it has become known meanwhile. */
  update(done: number, total = this.options.total): void {
    this.options.total = total;
    const time = this.now();
    if (done > this.lastDone && time - this.lastTime >= REPORT_INTERVAL_MS) {
      const pace = (time - this.lastTime) / (done - this.lastDone);
      this.millisecondsPerUnit =
        this.millisecondsPerUnit === null
          ? pace
          : this.millisecondsPerUnit + PACE_WEIGHT * (pace - this.millisecondsPerUnit);
      this.lastTime = time;
      this.lastDone = done;
    }
    if (time - this.lastReport >= REPORT_INTERVAL_MS || (total > 0 && done >= total)) this.report(done);
  }

  /** Forgets the time since the last update: call it after a pause. */
  rest(): void {
    this.lastTime = this.now();
  }

  private report(done: number): void {
    const { phase, label, unit, total } = this.options;
    this.lastReport = this.now();
    const left =
      total > 0 && this.millisecondsPerUnit !== null
        ? (Math.max(0, total - done) * this.millisecondsPerUnit) / 1000
        : null;
    this.emit({ type: 'progress', phase, label, done, total, unit, secondsLeft: left });
  }
}
