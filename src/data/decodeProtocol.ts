/**
 * Messages between the decode pool and its workers. Both ends are built together and only they speak it, so it carries
 * no version.
 */
import type { DecodeOutcome, DecodeSizes } from './decode';

export interface DecodeRequest {
  id: number;
  file: Blob;
  sizes: DecodeSizes;
  /** Whether the worker is to ask, with each picture's hash, if CLIP's size is wanted. */
  asks: boolean;
}

/** Answers a worker's `asks`. */
export interface DecodeAnswer {
  id: number;
  wanted: boolean;
}

/** `failure` is a fault of the decoder itself, not of the picture. The arrays of an outcome are transferred. */
export type DecodeReply =
  | { type: 'ready' }
  | { type: 'asks'; id: number; hash: string }
  | { type: 'outcome'; id: number; outcome: DecodeOutcome }
  | { type: 'failure'; id: number; message: string };
