/// <reference lib="webworker" />
/**
 * Reads paths as a data set beside the page: a hundred thousand of them take seconds. The items, which are most of the
 * answer, go back as two arrays of numbers.
 */
import { failAloud } from './failAloud';
import { interpretFolder, type InterpretOptions } from './interpret';
import { unpackLabelFiles, unpackPaths, type PackedLabelFiles, type PackedPaths } from './reading/packedLabelFiles';

export interface InterpretRequest {
  paths: PackedPaths;
  options: Omit<InterpretOptions, 'labelFiles'>;
  labelFiles: PackedLabelFiles;
}

async function interpret({ paths, options, labelFiles }: InterpretRequest): Promise<void> {
  const { items, ...reading } = interpretFolder(unpackPaths(paths), {
    ...options,
    labelFiles: await unpackLabelFiles(labelFiles),
  });
  const files = Uint32Array.from(items, ({ index }) => index);
  const labels = Int32Array.from(items, ({ label }) => label);
  self.postMessage({ reading, files, labels }, { transfer: [files.buffer, labels.buffer] });
}

self.addEventListener('message', ({ data }: MessageEvent<InterpretRequest>) => {
  failAloud(interpret(data));
});
