/**
 * Nothing leaves the page, and it needs no network after the first visit: on a host that sends no headers, as many do.
 */
import { expect, test } from '@playwright/test';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { heic } from '../src/headless/edgePictures.testing';
import { plainHost } from './support/plainHost';
import { StudioPage } from './support/studio';

let url: string;
let server: Server;
let requests: string[];
test.beforeAll(async () => {
  ({ url, server, requests } = await plainHost());
});
test.afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/**
 * Not asked for once the page is open: it is known by its folder's address; the worker is the browser's, the headers
 * the host's. A better judge of samples is fetched where a person chooses it.
 */
const notKept = /^(?:index\.html|serviceWorker\.js|_headers|models\/evaluation\/.+\.onnx)$/;

/** Files that the studio is made of, as paths below its address. */
const filesOf = (site: string): string[] =>
  readdirSync(site, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(site, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .filter((path) => !notKept.test(path));

/** Those that the page cannot have now. */
async function missingOf(paths: string[]): Promise<string[]> {
  const isHere = (path: string) =>
    fetch(path)
      .then(({ ok }) => ok)
      .catch(() => false);
  const here = await Promise.all(paths.map(isHere));
  return paths.filter((_, i) => !here[i]);
}

test('opens, reads and has all that training takes without a network, after one visit', async ({ page, context }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(url);
  await expect(page.getByTestId('offline')).toHaveText('Works without a network from now on', { timeout: 120_000 });
  expect(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(1);
  // The server itself is gone: what is shown now was kept.
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await context.setOffline(true);
  const before = requests.length;
  await page.reload();
  await expect(page.getByTestId('dropzone')).toBeVisible();
  await expect(page.getByTestId('offline')).toContainText('You are offline');
  expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(true);
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await expect(page.getByTestId('reading')).toContainText('6 classes');
  await expect(page.getByRole('button', { name: 'Start training' })).toBeEnabled({ timeout: 120_000 });
  const part = await page.evaluate(async () => {
    const response = await fetch('models/clip-nano/tokenizer.json', { headers: { Range: 'bytes=10-19' } });
    return [response.status, (await response.arrayBuffer()).byteLength, response.headers.get('Content-Range')];
  });
  expect(part).toEqual([206, 10, 'bytes 10-19/239836']);
  // What reads a phone's pictures is kept, too.
  const phone = mkdtempSync(join(tmpdir(), 'lcp-gan-phone-'));
  writeFileSync(join(phone, 'IMG_1.HEIC'), heic);
  await new StudioPage(page).dropAnywhere(phone);
  await expect(page.getByText('1 picture is ready')).toBeVisible();
  rmSync(phone, { recursive: true });
  // And all that a run takes: every program, worker and network of the site. A run itself would take minutes.
  expect(await page.evaluate(missingOf, [...filesOf('dist'), 'no-such-file'])).toEqual(['no-such-file']);
  expect(requests.length).toBe(before);
  expect(errors).toEqual([]);
});

test('the page may talk to its own site only, workers to that of the CLIPs too, and what is sent is counted', async ({
  page,
}) => {
  await page.goto('/');
  await expect(page.getByTestId('dropzone')).toBeVisible();
  await expect(page.getByTestId('sent-bytes')).toHaveText('0 bytes');
  const refused = await page.evaluate(async () => {
    const seen = new Promise<string>((resolve) => {
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective));
    });
    const answer = await fetch('https://example.com/', { method: 'POST', mode: 'no-cors' }).then(
      () => 'sent',
      () => 'refused',
    );
    return [answer, await seen];
  });
  expect(refused).toEqual(['refused', 'connect-src']);
  await expect.poll(() => page.workers().length).toBeGreaterThan(0);
  const byWorker = await page.workers()[0]?.evaluate(() =>
    fetch('https://example.com/').then(
      () => 'sent',
      () => 'refused',
    ),
  );
  expect(byWorker).toBe('refused');
  await expect(page.getByTestId('sent-bytes')).toHaveText('0 bytes');
  // A counter that cannot count would prove nothing.
  await page.evaluate(() => fetch('./', { method: 'POST', body: 'abcde' }));
  await page.workers()[0]?.evaluate(() => fetch(self.location.href, { method: 'POST', body: 'fgh' }));
  await expect(page.getByTestId('sent-bytes')).toHaveText('8 B');
});
