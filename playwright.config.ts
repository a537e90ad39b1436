// Journeys of a user in a real browser, on the built site, with a software WebGPU adapter. scripts/test.mjs provides
// CHROMIUM_PATH.
import { defineConfig } from '@playwright/test';

const port = Number(process.env.E2E_PORT ?? 4199);

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  fullyParallel: false,
  // A page on a software GPU takes little more than one core.
  workers: 2,
  forbidOnly: true,
  // Those that take a software GPU minutes each are a stage of their own.
  ...(process.env.E2E_LONG ? { grep: /@long/ } : { grepInvert: /@long/ }),
  // Guards against hanging, not measures: a software GPU on two busy cores takes its time.
  timeout: 900_000,
  expect: { timeout: 60_000 },
  reporter: [['list'], ['json']],
  use: {
    baseURL: `http://localhost:${port}`,
    viewport: { width: 1280, height: 900 },
    acceptDownloads: true,
    actionTimeout: 60_000,
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--enable-unsafe-webgpu',
        '--use-webgpu-adapter=swiftshader',
        '--no-first-run',
        '--disable-background-networking',
      ],
    },
  },
  webServer: {
    command: `npx vite preview --port ${port} --strictPort`,
    url: `http://localhost:${port}`,
    reuseExistingServer: false,
    timeout: 300_000,
  },
});
