/** Sheets of sprites are cut in a worker of their own, which starts with the first one. */
import type { SheetRequest } from './sheet.worker';
import type { SheetCutter } from './sheetWork';

/** One request at a time. Calls reject where the worker cannot be had, or dies. */
export function sheetsApart(): SheetCutter {
  const own: { worker: Worker | null } = { worker: null };
  const close = (): void => {
    own.worker?.terminate();
    own.worker = null;
  };
  const ask = <T>(request: SheetRequest): Promise<T> => {
    const worker = (own.worker ??= new Worker(new URL('./sheet.worker.ts', import.meta.url), {
      type: 'module',
      name: 'sheets',
    }));
    const heard = new AbortController();
    const { signal } = heard;
    const answer = new Promise<T>((resolve, reject) => {
      const failed = (event: Event): void => {
        // The next sheet gets another one.
        close();
        reject(new Error(event instanceof ErrorEvent ? event.message : 'not understood'));
      };
      worker.addEventListener('message', ({ data }: MessageEvent<T>) => resolve(data), { signal });
      worker.addEventListener('error', failed, { signal });
      worker.addEventListener('messageerror', failed, { signal });
      worker.postMessage(request);
    });
    return answer.finally(() => heard.abort());
  };
  return {
    atlas: (...given) => ask({ task: 'atlas', given }),
    cells: (...given) => ask({ task: 'cells', given }),
    grid: (...given) => ask({ task: 'grid', given }),
    look: (...given) => ask({ task: 'look', given }),
    close,
  };
}
