import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { modelsPlugin } from './scripts/modelsPlugin.mjs';
import { offlinePlugin, workerPolicy } from './scripts/offlinePlugin.mjs';
import { samplePlugin } from './scripts/samplePlugin.mjs';
import { textsPlugin } from './scripts/textsPlugin.mjs';

/** Cross-origin isolation: only wasm threads need it; static hosts get the same headers from public/_headers. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Hosts know what `.js` is; a module named `.mjs` some send under a type that browsers refuse to run. */
const output = {
  assetFileNames: ({ names: [name = ''] }: { names: string[] }): string =>
    `assets/[name]-[hash]${name.endsWith('.mjs') ? '.js' : '[extname]'}`,
};

export default defineConfig({
  base: './',
  plugins: [textsPlugin(), react(), tailwindcss(), samplePlugin(), modelsPlugin(), offlinePlugin()],
  server: { headers: isolation },
  // The page's own policy, in its head, is stricter still.
  preview: { headers: { ...isolation, 'Content-Security-Policy': workerPolicy } },
  worker: { format: 'es', plugins: () => [textsPlugin()], rolldownOptions: { output } },
  build: { target: 'es2022', rolldownOptions: { output } },
  optimizeDeps: {
    // Pages, and workers besides: a package that is met only when a worker starts would load the open page anew.
    entries: ['index.html', 'e2e/demo.html', 'src/**/*.worker.ts'],
    exclude: ['onnxruntime-web'],
    include: [
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-backend-webgpu',
      '@tensorflow/tfjs-core/dist/register_all_gradients.js',
    ],
  },
});
