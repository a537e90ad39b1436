/** Models from a folder on disk, for Node: the command line and the tests. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClipCache } from './clipCache';
import { fetchIo, missingFile, type LoadIo } from './loadIo';

/** @param folder the models folder; absolute addresses are fetched over the network */
export function folderIo(folder: string, cache?: ClipCache): LoadIo {
  return {
    cache,
    async open(url, from, signal) {
      if (/^https?:/.test(url)) return fetchIo(url).open(url, from, signal);
      let bytes: Uint8Array;
      try {
        bytes = new Uint8Array(await readFile(join(folder, url)));
      } catch (cause) {
        throw missingFile(cause instanceof Error && 'code' in cause ? String(cause.code) : '');
      }
      const rest = bytes.subarray(from);
      return { from, length: rest.length, total: bytes.length, chunks: each(rest) };
    },
  };
}

async function* each(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
