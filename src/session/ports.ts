/**
 * What parts of the session need from the world around it, each by itself: whoever takes one of these says what it
 * touches, and a test provides no more than that. `SessionPorts` (`sessionPorts.ts`) is all of them.
 */
import type { LoadIo } from '../clip/load';
import type { BlobStore } from '../data/blobStore';
import type { ImageDecoder } from '../data/decode';
import type { OpenModel } from '../metrics/featureNetwork';
import type { Event } from './protocol/events';

/** Where what happens is told. */
export interface EventPort {
  emit(event: Event, transfer?: Transferable[]): void;
}

export interface GpuPort {
  /** The WebGPU entry point, or undefined where there is none. */
  gpu: GPU | undefined;
}

export interface DecoderPort {
  openDecoder(): ImageDecoder;
}

export interface ClipPort {
  clipIo: LoadIo;
}

export interface EvaluationPort {
  /** Where evaluation networks lie and what runs them, where that is not the page's own onnxruntime. */
  evaluation?: { io: LoadIo; open: OpenModel };
}

export interface FeaturesPort extends GpuPort {
  /**
   * Whether onnxruntime's WebGPU build can be loaded here, so that a real GPU looks at the pictures (after a check
   * against the processor).
   */
  featuresOnGpu?: boolean;
}

export interface StorePort {
  /** Small files kept between visits: CLIP features by content hash, CLIPs that were downloaded. */
  store: BlobStore;
}
