import { ensureSample } from './sample.mjs';

/**
 * Vite plugin: makes public/sample before Vite looks into the public folder, on build and dev start alike.
 * @returns {import('vite').Plugin}
 */
export function samplePlugin() {
  return {
    name: 'sample-data-set',
    config() {
      ensureSample();
    },
  };
}
