/**
 * onnxruntime-web behind one door. Two calls at once hang it, whatever the sessions, so every call goes through one queue; the module
 * is loaded when the first model is opened. Only its wasm provider is used here: it needs no GPU, gives the same numbers everywhere, and
 * runs in a worker and in Node alike. With cross-origin isolation it computes on several threads.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { StudioError } from '../shared/errors';

type Ort = typeof import('onnxruntime-web/wasm');

const state: { ort: Promise<Ort> | null; queue: Promise<unknown> } = { ort: null, queue: Promise.resolve() };

function loadOrt(): Promise<Ort> {
  state.ort ??= import('onnxruntime-web/wasm').then((ort) => {
    const isolated = typeof globalThis.crossOriginIsolated === 'boolean' && globalThis.crossOriginIsolated;
    ort.env.wasm.numThreads = isolated ? Math.max(1, Math.min(4, Math.floor((navigator.hardwareConcurrency || 1) / 2))) : 1;
    ort.env.logLevel = 'error';
    return ort;
  });
  return state.ort;
}

/** Runs `task` after every earlier one has ended. */
function exclusive<T>(task: () => Promise<T>): Promise<T> {
  const run = state.queue.then(task, task);
  state.queue = run.catch(() => {});
  return run;
}

export type OrtInput = { kind: 'float32'; data: Float32Array; dims: number[] } | { kind: 'int64'; data: Int32Array; dims: number[] };

export interface OrtSession {
  readonly inputs: readonly string[];
  /** Runs the model for one output; returns its numbers and shape. */
  run(feeds: Readonly<Record<string, OrtInput>>, output: string): Promise<{ data: Float32Array; dims: readonly number[] }>;
  close(): Promise<void>;
}

/** Opens a model; throws 'clip-unsupported' where onnxruntime refuses it. */
export async function openOrtSession(model: Uint8Array): Promise<OrtSession> {
  const ort = await loadOrt();
  let session: InferenceSession;
  try {
    session = await exclusive(() => ort.InferenceSession.create(model, { executionProviders: ['wasm'], graphOptimizationLevel: 'all' }));
  } catch (cause) {
    throw new StudioError(
      {
        code: 'clip-unsupported',
        what: 'The CLIP model could not be opened.',
        why: cause instanceof Error ? firstLine(cause.message) : String(cause),
        action: 'Use its f32 or f16 version, or choose another CLIP from the list.',
      },
      { cause },
    );
  }
  return {
    inputs: session.inputNames,
    run: (feeds, output) =>
      exclusive(async () => {
        const tensors: Record<string, Tensor> = {};
        for (const [name, { kind, data, dims }] of Object.entries(feeds)) {
          tensors[name] = kind === 'float32' ? new ort.Tensor('float32', data, dims) : new ort.Tensor('int64', BigInt64Array.from(data, BigInt), dims);
        }
        const result = (await session.run(tensors, [output]))[output];
        if (!result || !(result.data instanceof Float32Array)) throw new TypeError(`Output ${output} is not float32.`);
        const copy = { data: result.data.slice(), dims: result.dims };
        result.dispose();
        return copy;
      }),
    close: () => exclusive(() => session.release()),
  };
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
