/** The stock front end in place of `src/gpu/tensor.ts`. */
export * from '@tensorflow/tfjs-core';
