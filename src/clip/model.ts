/** A CLIP that was loaded and recognised: the towers' ONNX bytes and everything needed to feed them. */
import type { ClipTokenizer } from './tokenizer';

export interface ClipModel {
  /** Id in the manifest, or `file:` and the beginning of the hash. */
  readonly id: string;
  readonly name: string;
  /** True for the small CLIP that comes with the studio, in place of a real one. */
  readonly standIn?: boolean;
  /** Name of the pictures that its image tower learnt from, where that is known. */
  readonly trainedOn?: string | undefined;
  /** Cosine from which two pictures count as nearly the same, where that was measured. */
  readonly nearlySame?: number | undefined;
  /** Id of the listed CLIP that judges samples in its place, where the list names one. */
  readonly critic?: string | undefined;
  /** Width of the shared space. */
  readonly dim: number;
  /** Factor on cosines between pictures and texts, exp(logit_scale). */
  readonly logitScale: number;
  /** Edge length of the image tower's square input, in pixels. */
  readonly imageSize: number;
  /** Per-channel mean and deviation of the input, for pixels in [0, 1]. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** Longest text in tokens, start and end included. */
  readonly contextLength: number;
  /** True where every text must be padded to `contextLength` (towers that are not causal). */
  readonly padToContext: boolean;
  readonly vision: Uint8Array;
  /** Null without a text tower or without a tokenizer: prompts then fall back to picture features. */
  readonly text: Uint8Array | null;
  readonly tokenizer: ClipTokenizer | null;
  /** SHA-256 (hex) of the file that holds the image tower: names cached features. */
  readonly hash: string;
}

/** Id of the listed CLIP that runs begin with where nobody chooses another. */
export const defaultClip = 'clip-lit';

/** What OpenAI's CLIP was trained with, and nearly every CLIP since. */
export const clipMean = [0.48145466, 0.4578275, 0.40821073] as const;
export const clipStd = [0.26862954, 0.26130258, 0.27577711] as const;
