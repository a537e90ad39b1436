/**
 * What comes of `work`, or, as soon as the signal is aborted, a rejection with its reason: work that cannot be ended
 * (a worker's) is waited for no longer.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  const heard = new AbortController();
  const ended = new Promise<never>((_, reject) => {
    const end = (): void => reject(signal.reason as Error);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true, signal: heard.signal });
  });
  return Promise.race([work, ended]).finally(() => heard.abort());
}
