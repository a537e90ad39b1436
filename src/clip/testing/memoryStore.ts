/** A store of parts in memory whose contents tests can look at and change. */
import type { PartStore } from '../clipCache';

export function memoryStore(): PartStore & { readonly entries: Map<string, Uint8Array<ArrayBuffer>>; full: boolean } {
  const entries = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    entries,
    full: false,
    get: async (key) => entries.get(key)?.slice() ?? null,
    async put(key, bytes) {
      if (this.full) throw new Error('full');
      entries.set(key, bytes.slice());
    },
    delete: async (key) => void entries.delete(key),
    list: async (prefix) =>
      [...entries]
        .filter(([key]) => key.startsWith(`${prefix}/`))
        .map(([key, bytes]) => ({ key, bytes: bytes.length, modified: 1 })),
  };
}
