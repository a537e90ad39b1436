/**
 * `interpretFolder` that never holds up the page: few paths are read at once, many in a worker of their own. Where that
 * cannot be had, or dies, they are read here: slowly is better than not.
 */
import { fileIndex } from '../shared/indices';
import { Breather } from './breathe';
import { interpretFolder, type FolderReading, type InterpretOptions } from './interpret';
import type { InterpretRequest } from './interpret.worker';
import { packLabelFiles, packPaths } from './reading/packedLabelFiles';

/** Paths, or rows of label files, that take no longer than a frame or two. */
const atOnce = 500;
/** Items between two looks at the clock. */
const step = 1024;

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
  const list = await packPaths(paths);
  const worker = new Worker(new URL('./interpret.worker.ts', import.meta.url), { type: 'module', name: 'reading' });
  const answer = new Promise<FolderReading>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      itemsOf(data).then((items) => resolve({ ...data.reading, items }), reject);
    });
    worker.addEventListener('error', (event) => reject(new Error(event.message)));
    worker.addEventListener('messageerror', () => reject(new Error('not understood')));
  });
  worker.postMessage({ paths: list, options, labelFiles: packed } satisfies InterpretRequest);
  return answer.finally(() => worker.terminate());
}

/** In turns: they are as many as there are pictures. */
async function itemsOf({ files, labels }: Answer): Promise<FolderReading['items']> {
  const turns = new Breather();
  const items: FolderReading['items'] = [];
  for (const [at, file] of files.entries()) {
    if (at % step === 0) await turns.breathe();
    items.push({ index: fileIndex(file), label: labels[at] ?? -1 });
  }
  return items;
}
