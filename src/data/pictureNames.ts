/**
 * Which names in a folder are pictures, and in plain words why the others are left out. Pure string work; bytes are
 * judged in sniff.ts.
 */

const PICTURE = /\.(?:png|jpe?g|webp|gif|bmp|avif)$/i;
const FOREIGN_PICTURE = /\.(?:heic|heif|tiff?|svg|psd|raw|cr2|nef|arw|dng|jp2|jxl|eps|ico|tga)$/i;
const SYSTEM_NAMES = new Set(['thumbs.db', 'desktop.ini', 'icon\r', '$recycle.bin', 'system volume information']);

const ARCHIVE = /\.(?:zip|tar|tgz|gz|bz2|xz|7z|rar)$/i;

/** Why a folder is not entered at all, or null. `name` is a single segment. */
export function skipFolderReason(name: string): string | null {
  if (name === '__MACOSX') return 'made by macOS, holds no pictures';
  if (name.startsWith('.')) return 'hidden';
  return SYSTEM_NAMES.has(name.toLowerCase()) ? 'made by the system' : null;
}

/** Why a file is left out by its path, or null for a picture. A path ending in '/' stands for an empty folder. */
export function ignoreReason(path: string): string | null {
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    const reason = skipFolderReason(segment);
    if (reason !== null) return reason;
  }
  if (path.endsWith('/')) return 'an empty folder';
  if (PICTURE.test(path)) return null;
  const foreign = FOREIGN_PICTURE.exec(path);
  if (foreign !== null) return `${foreign[0].slice(1).toUpperCase()} is not read here; save it as PNG or JPEG`;
  return ARCHIVE.test(path) ? 'an archive, not opened; unpack it first' : 'not a picture';
}
