// Four projects over the same sources: `unit` (pure logic), `gpu` (kernels and all that trains, in Node on Dawn),
// `gpu-browser` (the kernels' same tests in a real Chromium, one page for all) and `browser` (workers, decoding,
// storage there). scripts/test.mjs provides CHROMIUM_PATH and the Vulkan driver's environment.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { playwright } from '@vitest/browser-playwright';
import type { BrowserCommand } from 'vitest/node';
import { defineConfig } from 'vitest/config';

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
const launchOptions = {
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
};

/** What the terminal's decoder makes of pictures, for tests that compare the page's with it; a process of its own. */
const decodedEdges: BrowserCommand<[]> = async () => {
  const script =
    "import('./src/headless/edgePictures.testing.ts').then(async (m) => process.stdout.write(JSON.stringify(await m.decodedEdges())))";
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--import', 'tsx', '-e', script], { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as unknown;
};

const browser = {
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: playwright({ launchOptions }),
  instances: [{ browser: 'chromium' as const }],
};

export default defineConfig({
  server: { headers: isolation },
  // Two processes that prepare packages for a browser at once must not write to one folder.
  cacheDir: `node_modules/.vite/part${process.env.VITEST_PART ?? ''}`,
  worker: { format: 'es' },
  // Found in advance: what is discovered later makes the server reload a running test.
  optimizeDeps: {
    exclude: ['onnxruntime-web'],
    include: [
      '@zip.js/zip.js',
      'chardet',
      'mediabunny',
      'papaparse',
      'utif2',
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-backend-webgpu',
      '@tensorflow/tfjs-core/dist/register_all_gradients.js',
    ],
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['src/**/*.gpu.test.ts', 'src/**/*.browser.test.ts'],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'gpu',
          include: ['src/**/*.gpu.test.ts'],
          environment: 'node',
          setupFiles: ['src/headless/gpuTestSetup.ts'],
          pool: 'forks',
          fileParallelism: false,
          isolate: false,
          // A guard against hanging, not a measure: on a busy machine a lost device compiles everything anew on a
          // software adapter.
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'gpu-browser',
          include: ['src/gpu/*/**/*.gpu.test.ts'],
          // What holds for one compiler of shaders only, as captured against eager to the bit, runs in Node alone.
          exclude: ['src/**/*.node.gpu.test.ts'],
          setupFiles: ['src/gpu/testing/browserSetup.ts'],
          fileParallelism: false,
          isolate: false,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          browser,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['src/**/*.browser.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          browser: { ...browser, commands: { decodedEdges } },
        },
      },
    ],
  },
});
