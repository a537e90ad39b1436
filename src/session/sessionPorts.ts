/**
 * What the session needs from the world around it, so that the same session runs in the browser's worker and in Node.
 * The worker (`trainer.worker.ts`) and the command line (`headless/`) each provide one.
 */
import type { ClipPort, DecoderPort, EvaluationPort, EventPort, FeaturesPort, StorePort } from './ports';
import type { LabelPort } from './labels/labelKeeper';
import type { RunStore } from './saving/savedRun';

export interface SessionPorts
  extends EventPort, DecoderPort, ClipPort, EvaluationPort, FeaturesPort, StorePort, LabelPort {
  /**
   * Where a run is saved, so that it can be resumed after the process has ended; without one it ends with its
   * process.
   */
  runStore?: RunStore;
}
