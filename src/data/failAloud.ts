/**
 * For what a worker does on a message, where it takes several turns: what goes wrong is told by the worker's own `error`
 * event, as of what takes one, not by a promise that nobody looks at.
 */
export function failAloud(work: Promise<void>): void {
  work.catch((error: unknown) =>
    queueMicrotask(() => {
      throw error;
    }),
  );
}
