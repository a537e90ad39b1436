/** Large label files in a worker of their own, so that the page goes on meanwhile. */
import type { LabelReader } from './facts';
import type { LabelFileMessage } from './labelFiles.worker';
import { packPaths, unpackLabelFiles, type PackedLabelFiles } from './reading/packedLabelFiles';

/** @param pictures paths of all pictures. One file is read at a time; `read` rejects where the worker cannot be had. */
export function labelFilesApart(pictures: readonly string[]): LabelReader {
  const worker = new Worker(new URL('./labelFiles.worker.ts', import.meta.url), { type: 'module', name: 'labels' });
  const ready = packPaths(pictures).then((list) => worker.postMessage({ pictures: list } satisfies LabelFileMessage));
  return {
    async read(path, bytes) {
      await ready;
      const answer = new Promise<PackedLabelFiles>((resolve, reject) => {
        worker.addEventListener('message', ({ data }: MessageEvent<PackedLabelFiles>) => resolve(data), { once: true });
        worker.addEventListener('error', (event) => reject(new Error(event.message)), { once: true });
      });
      worker.postMessage({ path, bytes } satisfies LabelFileMessage);
      return (await unpackLabelFiles(await answer))[0] ?? null;
    },
    close: () => worker.terminate(),
  };
}
