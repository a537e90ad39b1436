/** What a person may not expect of a picture that is read: that only a part of it counts, or that something is laid under it. */
import type { PictureNote } from '../shared/domain';
import { hasSecondPage } from './decoding/soundTiff';
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
