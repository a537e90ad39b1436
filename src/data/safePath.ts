/** Paths inside of archives, which strangers wrote. */

/** Longer ones are no names of files. */
export const MAX_PATH = 4096;

/** The path with '/' separators, or null for one that would lead out of the archive or is no path at all. */
export function safePath(name: string): string | null {
  if (name.length > MAX_PATH) return null;
  const path = name.replaceAll('\\', '/');
  if (path === '' || path.startsWith('/') || /^[a-z]:/i.test(path) || path.includes('\0')) return null;
  return path.split('/').includes('..') ? null : path;
}
