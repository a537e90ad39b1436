import type { Plugin } from 'vite';
import { ensureSample } from './sample.mjs';

/** Makes public/sample before Vite looks into the public folder, on build and dev start alike. */
export function samplePlugin(): Plugin {
  return {
    name: 'sample-data-set',
    config() {
      ensureSample();
    },
  };
}
