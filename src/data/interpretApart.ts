/**
 * `interpretFolder` that never holds up the page: few paths are read at once, many in a worker of their own. Where that
 * cannot be had, or dies, they are read here: slowly is better than not.
 */
import { fileIndex } from '../shared/indices';
import { interpretFolder, type FolderReading, type InterpretOptions } from './interpret';
import type { InterpretRequest } from './interpret.worker';
import { packLabelFiles } from './reading/packedLabelFiles';

/** Paths, or rows of label files, that take no longer than a frame or two. */
const atOnce = 500;

interface Answer {
  reading: Omit<FolderReading, 'items'>;
  files: Uint32Array;
  labels: Int32Array;
}

export async function interpretApart(paths: readonly string[], options: InterpretOptions): Promise<FolderReading> {
  const rows =
    options.labelFiles?.reduce((sum, each) => sum + each.rows.length + (each.traits?.keys.length ?? 0), 0) ?? 0;
  if (paths.length <= atOnce && rows <= atOnce) return interpretFolder(paths, options);
  try {
    return await ask(paths, options);
  } catch {
    return interpretFolder(paths, options);
  }
}

async function ask(
  paths: readonly string[],
  { labelFiles = [], ...options }: InterpretOptions,
): Promise<FolderReading> {
  const packed = await packLabelFiles(labelFiles);
  const worker = new Worker(new URL('./interpret.worker.ts', import.meta.url), { type: 'module', name: 'reading' });
  const answer = new Promise<FolderReading>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      const { reading, files, labels } = data;
      const items = Array.from(files, (file, at) => ({ index: fileIndex(file), label: labels[at] ?? -1 }));
      resolve({ ...reading, items });
    });
    worker.addEventListener('error', (event) => reject(new Error(event.message)));
    worker.addEventListener('messageerror', () => reject(new Error('not understood')));
  });
  worker.postMessage({ paths, options, labelFiles: packed } satisfies InterpretRequest);
  return answer.finally(() => worker.terminate());
}
