/**
 * Messages between the decode pool and its workers. Both ends are built together and only they speak it, so it carries
 * no version.
 */
import type { DecodeOutcome, DecodeSizes } from './decode';

export interface DecodeRequest {
  id: number;
  file: Blob;
  sizes: DecodeSizes;
}

/** `failure` is a fault of the decoder itself, not of the picture. The arrays of an outcome are transferred. */
export type DecodeReply =
  | { type: 'ready' }
  | { type: 'outcome'; id: number; outcome: DecodeOutcome }
  | { type: 'failure'; id: number; message: string };
