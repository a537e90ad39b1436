/// <reference lib="webworker" />
/**
 * Reads paths as a data set beside the page: a hundred thousand of them take seconds. The items, which are most of the
 * answer, go back as two arrays of numbers.
 */
import { interpretFolder, type InterpretOptions } from './interpret';

export interface InterpretRequest {
  paths: readonly string[];
  options: InterpretOptions;
}

self.addEventListener('message', ({ data }: MessageEvent<InterpretRequest>) => {
  const { items, ...reading } = interpretFolder(data.paths, data.options);
  const files = Uint32Array.from(items, ({ index }) => index);
  const labels = Int32Array.from(items, ({ label }) => label);
  self.postMessage({ reading, files, labels }, { transfer: [files.buffer, labels.buffer] });
});
