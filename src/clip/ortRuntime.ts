/**
 * Loads onnxruntime-web when it is first needed, and lets one call into it at a time: two at once hang it, whatever the
 * sessions and whichever of its builds. The wasm build is the reference and enough for small work. The WebGPU build
 * (its native provider, not the older JSEP one, which ignores a device of ours) is twice as large and is fetched only
 * where a real GPU has many pictures to look at.
 */
import type { InferenceSession } from 'onnxruntime-web';
import { StudioError } from '../shared/errors';

export type Ort = typeof import('onnxruntime-web/wasm');
export type OrtBuild = 'wasm' | 'webgpu';

const state: { builds: Map<OrtBuild, Promise<Ort>>; queue: Promise<unknown> } = {
  builds: new Map(),
  queue: Promise.resolve(),
};

const isolated = (): boolean => typeof globalThis.crossOriginIsolated === 'boolean' && globalThis.crossOriginIsolated;

/**
 * Threads of the wasm build: half the cores, up to 4; 1 without cross-origin isolation, as shared memory is withheld
 * then.
 */
export function wasmThreads(): number {
  return isolated() ? Math.max(1, Math.min(4, Math.floor((navigator.hardwareConcurrency || 1) / 2))) : 1;
}

const importers: Record<OrtBuild, () => Promise<Ort>> = {
  wasm: () => import('onnxruntime-web/wasm'),
  webgpu: () => import('onnxruntime-web/webgpu'),
};

/** Throws 'clip-download' where the build itself cannot be fetched. */
export function loadOrt(build: OrtBuild): Promise<Ort> {
  const known = state.builds.get(build);
  if (known) return known;
  const loading = importers[build]().then(
    (ort) => {
      ort.env.wasm.numThreads = build === 'wasm' ? wasmThreads() : 1;
      ort.env.logLevel = 'error';
      return ort;
    },
    (cause: unknown) => {
      // The next attempt asks the network again.
      state.builds.delete(build);
      throw new StudioError(
        {
          code: 'clip-download',
          what: 'The program that runs CLIP could not be loaded.',
          why: cause instanceof Error ? cause.message : String(cause),
          action: 'Check the network and try again, or reload the page.',
        },
        { cause },
      );
    },
  );
  state.builds.set(build, loading);
  return loading;
}

/** Runs `task` after every earlier one has ended. */
export function exclusive<T>(task: () => Promise<T>): Promise<T> {
  const run = state.queue.then(task, task);
  state.queue = run.catch(() => {});
  return run;
}

/** Options of a session on `device`, or on the processor. */
export function sessionOptions(device: GPUDevice | null): InferenceSession.SessionOptions {
  return {
    executionProviders: device ? [{ name: 'webgpu', device }] : ['wasm'],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  };
}
