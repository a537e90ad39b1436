/**
 * onnxruntime's native library under Node: several times as fast as the wasm build, on as many threads as there are
 * cores.
 */
import type { InferenceSession } from 'onnxruntime-node';
import { StudioError } from '../shared/errors';
import type { OpenModel } from './featureNetwork';

type Ort = typeof import('onnxruntime-node');

async function load(): Promise<Ort> {
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    throw new StudioError(
      {
        code: 'evaluation-missing',
        what: 'onnxruntime for Node is not there.',
        why: cause instanceof Error ? cause.message : '',
        action: 'Run `npm install` in the studio’s folder, then try again.',
      },
      { cause },
    );
  }
}

/** Opens a model; one call at a time is the caller's business. */
export const openNodeModel: OpenModel = async (bytes) => {
  const ort = await load();
  const session: InferenceSession = await ort.InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  return {
    async run(feeds, output) {
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([name, { data, dims }]) => [name, new ort.Tensor('float32', data, dims)]),
      );
      const result = (await session.run(tensors, [output]))[output];
      if (!result || !(result.data instanceof Float32Array)) throw new TypeError(`Output ${output} is not float32.`);
      return { data: result.data, dims: result.dims };
    },
    close: () => session.release(),
  };
};
