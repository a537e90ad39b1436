/** What is taken from an archive of a stranger, and what is refused before anything is unpacked. */
import { MAX_FILE_BYTES } from './sniff';

export interface ZipLimits {
  entries: number;
  /** Bytes of a single picture. */
  fileBytes: number;
  /** Bytes of a single archive or table inside. */
  innerBytes: number;
  /** Bytes of all compressed entries together, unpacked. */
  totalBytes: number;
  /** Unpacked bytes a packed byte; pictures hardly compress, so more than this is an attack. */
  ratio: number;
  /** Told of what was unpacked. */
  spend?: (bytes: number) => void;
}

export const zipLimits: ZipLimits = {
  entries: 1_000_000,
  fileBytes: MAX_FILE_BYTES,
  innerBytes: 2 * 2 ** 30,
  totalBytes: 8 * 2 ** 30,
  ratio: 1000,
};
