/**
 * Long computations that must not block a worker: written once as a generator that yields its progress, run either
 * straight through (`runNow`) or in slices that hand control back to the event loop (`runInSlices`). Both give the same
 * result to the last bit, as the slices change only when the work is done.
 */

/** Progress in [0, 1] is yielded; the result is returned. */
export type Cooperative<T> = Generator<number, T, void>;

export interface SliceOptions {
  /** Called after each slice with the fraction done, in [0, 1]. */
  onProgress?: (fraction: number) => void;
  /** Stops between two slices by throwing the signal's reason. */
  signal?: AbortSignal;
  /** Length of a slice in milliseconds; the next yield point after it ends the slice. */
  sliceMs?: number;
}

export function runNow<T>(work: Cooperative<T>): T {
  let step = work.next();
  while (!step.done) step = work.next();
  return step.value;
}

export async function runInSlices<T>(work: Cooperative<T>, options: SliceOptions = {}): Promise<T> {
  const sliceMs = options.sliceMs ?? 30;
  let sliceEnd = performance.now() + sliceMs;
  let step = work.next();
  while (!step.done) {
    if (performance.now() >= sliceEnd) {
      options.onProgress?.(step.value);
      await nextTask();
      options.signal?.throwIfAborted();
      sliceEnd = performance.now() + sliceMs;
    }
    step = work.next();
  }
  options.onProgress?.(1);
  return step.value;
}

/** Runs one part of a longer computation, mapping its progress onto the given share of the whole. */
export function* part<T>(work: Cooperative<T>, from: number, to: number): Cooperative<T> {
  let step = work.next();
  while (!step.done) {
    yield from + (to - from) * step.value;
    step = work.next();
  }
  return step.value;
}

/** Resolves in a fresh task: a message, not a timer, since timers are slowed down in hidden tabs. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.addEventListener('message', () => {
      channel.port1.close();
      resolve();
    });
    channel.port1.start();
    channel.port2.postMessage(null);
  });
}
