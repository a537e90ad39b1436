/**
 * A model in onnxruntime-web: numbers in, numbers out. Callers speak float32 and int32; what the graph wants instead
 * (half precision, 64-bit or boolean inputs) is converted here. By default it computes in wasm, which needs no GPU,
 * gives the same numbers everywhere, runs in a worker and in Node alike, and uses several threads where the page is
 * cross-origin isolated.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { halvesToFloats, floatsToHalves } from '../formats/float16';
import { StudioError } from '../shared/errors';
import { exclusive, loadOrt, sessionOptions, type Ort } from './ortRuntime';

export type OrtInput =
  | { kind: 'float'; data: Float32Array; dims: number[] }
  | { kind: 'int'; data: Int32Array; dims: number[] };

export interface OrtSession {
  readonly inputs: readonly string[];
  /** Runs the model for one output; returns its numbers and shape. */
  run(
    feeds: Readonly<Record<string, OrtInput>>,
    output: string,
  ): Promise<{ data: Float32Array; dims: readonly number[] }>;
  close(): Promise<void>;
}

/**
 * Opens a model.
 * @param device computes there in place of the processor; it stays the caller's
 * Throws 'clip-unsupported' where onnxruntime refuses the model, 'out-of-memory' where it does not fit.
 */
export async function openOrtSession(model: Uint8Array, device: GPUDevice | null = null): Promise<OrtSession> {
  const lost = device ? rejectWhenLost(device) : null;
  const ort = await loadOrt(device ? 'webgpu' : 'wasm');
  let session: InferenceSession;
  try {
    session = await exclusive(() => ort.InferenceSession.create(model, sessionOptions(device)));
  } catch (cause) {
    throw refused(cause, model.length);
  }
  const types = new Map(session.inputMetadata.map((input) => [input.name, input.isTensor ? input.type : 'float32']));
  return {
    inputs: session.inputNames,
    run: (feeds, output) =>
      exclusive(async () => {
        const tensors: Record<string, Tensor> = {};
        for (const [name, input] of Object.entries(feeds))
          tensors[name] = toTensor(ort, input, types.get(name) ?? 'float32');
        // A call on a device that is gone may never come back; the queue has to go on.
        const running = session.run(tensors, [output]);
        const result = (await (lost ? Promise.race([running, lost]) : running))[output];
        if (!result) throw new TypeError(`There is no output ${output}.`);
        const read = { data: toFloats(result), dims: result.dims };
        result.dispose();
        return read;
      }),
    close: () =>
      exclusive(() => (lost ? Promise.race([session.release(), lost]).catch(() => undefined) : session.release())),
  };
}

function rejectWhenLost(device: GPUDevice): Promise<never> {
  const lost = device.lost.then(({ message }) => {
    throw new StudioError({
      code: 'device-lost',
      what: 'The GPU was lost while CLIP looked at the pictures.',
      why: message,
      action: 'Start again; what was computed is kept.',
    });
  });
  lost.catch(() => undefined);
  return lost;
}

/** @param type element type that the graph declares for this input */
function toTensor(ort: Ort, { data, dims }: OrtInput, type: string): Tensor {
  switch (type) {
    case 'float16':
      return new ort.Tensor('float16', floatsToHalves(Float32Array.from(data)), dims);
    case 'float32':
      return new ort.Tensor('float32', data instanceof Float32Array ? data : Float32Array.from(data), dims);
    case 'int64':
      return new ort.Tensor('int64', BigInt64Array.from(data, BigInt), dims);
    case 'int32':
      return new ort.Tensor('int32', Int32Array.from(data), dims);
    case 'bool':
      return new ort.Tensor('bool', Uint8Array.from(data), dims);
    default:
      throw new StudioError({
        code: 'clip-unsupported',
        what: `This CLIP takes inputs of type ${type}.`,
        why: 'Float32, float16, int32, int64 and bool are known here.',
        action: 'Use another export of the model.',
      });
  }
}

/**
 * A copy: the tensor's memory belongs to the runtime. Half precision arrives as Float16Array where the browser has it,
 * as its bits elsewhere.
 */
function toFloats({ data, type }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data.slice();
  if (type === 'float16' && ArrayBuffer.isView(data))
    return halvesToFloats(new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2));
  throw new StudioError({
    code: 'clip-unsupported',
    what: `This CLIP gives embeddings of type ${type}.`,
    why: 'Float32 and float16 are known here.',
    action: 'Use its f32 or f16 version.',
  });
}

function refused(cause: unknown, bytes: number): StudioError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/bad_alloc|out of memory|memory access out of bounds|allocation failed|Array buffer allocation/i.test(message)) {
    return new StudioError(
      {
        code: 'out-of-memory',
        what: 'There is not enough memory for this CLIP.',
        why: `Its file has ${Math.round(bytes / 1e6)} MB, and about three times as much is needed to open it.`,
        action: 'Close other tabs, or use its f16 version or a smaller CLIP.',
        detail: firstLine(message),
      },
      { cause },
    );
  }
  return new StudioError(
    {
      code: 'clip-unsupported',
      what: 'The CLIP model could not be opened.',
      why: firstLine(message),
      action: 'Use its f32 or f16 version, or choose another CLIP from the list.',
    },
    { cause },
  );
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
