/**
 * How many submits a step is cut into. One is cheapest, but operating systems reset a GPU that is busy with one submit
 * for about two seconds, so on slow GPUs a step is cut into parts that stay well below. The first runs go by an
 * estimate that is rather too long; they are measured, and the shortest counts from then on, because a run may have
 * waited for others.
 */
const measuredRuns = 3;

/** Milliseconds a submit may take before a step is cut up. */
export const defaultSubmitMilliseconds = 500;

export class Pacer {
  parts = 1;
  private runs = 0;
  private shortest = Infinity;

  constructor(
    private readonly queue: GPUQueue,
    private readonly limit: number,
  ) {}

  /** Before anything has been measured: what a run is expected to take at most, in milliseconds. */
  expect(milliseconds: number): void {
    if (this.shortest === Infinity && this.limit < Infinity)
      this.parts = Math.max(1, Math.ceil(milliseconds / this.limit));
  }

  /** To be called right after a run has been submitted, with the time at its start. */
  submitted(start: number): void {
    if (this.runs >= measuredRuns || this.limit === Infinity) return;
    this.runs += 1;
    this.queue.onSubmittedWorkDone().then(
      () => this.took(performance.now() - start),
      () => {}, // a lost device reports itself
    );
  }

  /** One measurement, in milliseconds. */
  took(milliseconds: number): void {
    this.shortest = Math.min(this.shortest, milliseconds);
    this.parts = Math.max(1, Math.ceil(this.shortest / this.limit));
  }
}
