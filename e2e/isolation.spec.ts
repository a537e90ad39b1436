/**
 * On a host without headers the page isolates itself through its own service worker, once, and goes on without where
 * that cannot be.
 */
import { expect, test, type Page } from '@playwright/test';
import { readdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { plainHost } from './support/plainHost';

let url: string;
let server: Server;
test.beforeAll(async () => {
  ({ url, server } = await plainHost({
    '/frame.html': '<!doctype html><title>Frame</title><iframe src="/" width="900" height="700"></iframe>',
  }));
});
test.afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function countLoads(page: Page): () => number {
  let loads = 0;
  page.on('framenavigated', (frame) => {
    if (frame === page.mainFrame()) loads += 1;
  });
  return () => loads;
}

test('a host without headers: isolated after one reload, in the worker too, and files come through unchanged', async ({
  page,
}) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  const loads = countLoads(page);
  await page.goto(url);
  await expect.poll(() => page.evaluate(() => window.crossOriginIsolated).catch(() => false)).toBe(true);
  await expect(page.getByTestId('dropzone')).toBeVisible();
  await expect.poll(() => page.workers().length).toBeGreaterThan(0);
  expect(await page.workers()[0]?.evaluate(() => globalThis.crossOriginIsolated)).toBe(true);
  const manifest = await page.evaluate(async () => (await fetch('models/manifest.json')).text());
  expect(manifest).toBe(readFileSync(new URL('../models/manifest.json', import.meta.url), 'utf8'));
  expect(loads()).toBe(2);
  await page.reload();
  await expect(page.getByTestId('dropzone')).toBeVisible();
  expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(true);
  expect(loads()).toBe(3);
  expect(errors).toEqual([]);
});

test('a host without headers: onnxruntime computes on two threads', async ({ page }) => {
  await page.goto(url);
  await expect.poll(() => page.evaluate(() => window.crossOriginIsolated).catch(() => false)).toBe(true);
  await expect.poll(() => page.workers().length).toBe(1);
  const chunk = readdirSync(new URL('../dist/assets/', import.meta.url)).find((name) =>
    name.startsWith('ort.wasm.bundle'),
  );
  const numbers = await page.evaluate(async (path) => {
    const ort = (await import(path)) as typeof import('onnxruntime-web/wasm');
    ort.env.wasm.numThreads = 2;
    const session = await ort.InferenceSession.create(
      new URL('models/clip-nano/vision_model_fp16w.onnx', document.baseURI).href,
      { executionProviders: ['wasm'] },
    );
    const output = await session.run({
      [session.inputNames[0] ?? '']: new ort.Tensor('float32', new Float32Array(3 * 64 * 64), [1, 3, 64, 64]),
    });
    return output[session.outputNames[0] ?? '']?.data.length;
  }, `${url}/assets/${chunk}`);
  expect(numbers).toBe(192);
  expect(page.workers().length).toBe(2);
});

test('inside of another page: nothing is registered and nothing reloaded', async ({ page }) => {
  await page.goto(`${url}/frame.html`);
  await expect(page.frameLocator('iframe').getByTestId('dropzone')).toBeVisible();
  await page.waitForTimeout(1500);
  expect(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(0);
});

test('service workers forbidden: the page works, without a reload', async ({ browser }) => {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  try {
    const page = await context.newPage();
    const loads = countLoads(page);
    await page.goto(url);
    await expect(page.getByTestId('dropzone')).toBeVisible();
    await page.waitForTimeout(1500);
    expect(loads()).toBe(1);
    expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(false);
  } finally {
    await context.close();
  }
});
