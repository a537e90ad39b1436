/**
 * What the session needs from the world around it, so that the same session runs in the browser's worker and in Node.
 * The worker (`trainer.worker.ts`) and the command line (`headless/`) each provide one.
 */
import type { LoadIo } from '../clip/load';
import type { BlobStore } from '../data/blobStore';
import type { OpenModel } from '../metrics/featureNetwork';
import type { ImageDecoder } from '../data/decode';
import type { RunKeeper } from './saving/keptRun';
import type { Event } from './protocol/protocol';

export interface SessionPorts {
  /** The WebGPU entry point, or undefined where there is none. */
  gpu: GPU | undefined;
  openDecoder(): ImageDecoder;
  clipIo: LoadIo;
  /** Where evaluation networks lie and what runs them, where that is not the page's own onnxruntime. */
  evaluation?: { io: LoadIo; open: OpenModel };
  /**
   * Whether onnxruntime's WebGPU build can be loaded here, so that a real GPU looks at the pictures (after a check
   * against the processor).
   */
  featuresOnGpu?: boolean;
  /** Small files kept between visits: CLIP features by content hash, CLIPs that were downloaded. */
  store: BlobStore;
  /**
   * Where a run is kept, so that it can be gone on with after the process has ended; without one it ends with its
   * process.
   */
  keeper?: RunKeeper;
  emit(event: Event, transfer?: Transferable[]): void;
}
