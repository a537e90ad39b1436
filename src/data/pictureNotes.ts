/** What a person may not expect of a picture that is read: that only a part of it counts, or that something is laid under it. */
import type { PictureNote } from '../shared/domain';
import type { PictureKind } from './sniff';

const HEAD = 4096;

/** Whether the words stand in the first bytes. */
function says(bytes: Uint8Array, words: string): boolean {
  return String.fromCharCode(...bytes.subarray(0, HEAD)).includes(words);
}

/** Further pages of a TIFF, further frames of an animation; null for a single picture. @param bytes of a sound file */
export function furtherPictures(kind: PictureKind, bytes: Uint8Array): PictureNote | null {
  if (kind === 'tiff') return hasSecondPage(bytes) ? 'pages' : null;
  if (kind === 'gif') return says(bytes, 'NETSCAPE2.0') ? 'frames' : null;
  if (kind === 'png') return says(bytes, 'acTL') ? 'frames' : null;
  // The flag of an extended file.
  if (kind === 'webp') return says(bytes.subarray(12, 16), 'VP8X') && ((bytes[20] ?? 0) & 2) !== 0 ? 'frames' : null;
  return null;
}

/** A directory that says where the next one lies. Reduced copies of the first page do not count. */
function hasSecondPage(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = view.getUint16(0) === 0x4949;
  const nextOf = (directory: number): number =>
    directory + 2 > view.byteLength
      ? 0
      : view.getUint32(directory + 2 + 12 * view.getUint16(directory, little), little);
  try {
    const second = nextOf(view.getUint32(4, little));
    if (second === 0) return false;
    const entries = view.getUint16(second, little);
    for (let i = 0; i < entries; i += 1) {
      const at = second + 2 + 12 * i;
      // NewSubfileType: bit 0 is a reduced copy.
      if (view.getUint16(at, little) === 254) return (view.getUint32(at + 8, little) & 1) === 0;
    }
    return entries > 0;
  } catch {
    // It leads beyond the end: nothing that could be read.
    return false;
  }
}
