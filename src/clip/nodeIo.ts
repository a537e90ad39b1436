/** Models from a folder on disk, for Node: the command line and the tests. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchIo, missingFile, type ClipCache, type LoadIo } from './loadIo';

/** @param folder the models folder; absolute addresses are fetched over the network */
export function folderIo(folder: string, cache?: ClipCache): LoadIo {
  return {
    cache,
    async fetchBytes(url, onProgress) {
      if (/^https?:/.test(url)) return fetchIo(url).fetchBytes(url, onProgress);
      let bytes: Uint8Array;
      try {
        bytes = new Uint8Array(await readFile(join(folder, url)));
      } catch (cause) {
        throw missingFile(cause instanceof Error && 'code' in cause ? String(cause.code) : '');
      }
      onProgress(bytes.length);
      return bytes;
    },
  };
}
