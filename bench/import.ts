/**
 * Opening many pictures, in a real browser on the built site: files are dropped as a hand drops them, and while they are
 * listed, read as a data set and decoded, the longest task of the page's thread is kept (by the clock, and by the time
 * that the thread had a processor, which a busy machine does not lengthen), and the largest heap. Twice:
 * small files, and the same pictures in files ten times as large, to see that the heap does not follow image bytes.
 * Needs `npm run build`, and a Chromium. `--long` takes 100,000 files, and as many again whose labels are in a table.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { preview } from 'vite';
import { dropPaths } from '../e2e/support/drop';
import { UsageError } from '../src/headless/commandLine';
import type { Bench } from './bench';
import { classes, longestTasks, makeFolder, picture } from './manyPictures';

const root = fileURLToPath(new URL('../', import.meta.url));
/** Bytes that are appended to a picture to make a large file of it; decoders pass over them. */
const ballast = 4 * 1024;

interface Figures {
  seconds: number;
  longestTaskMs: number;
  longestTaskCpuMs: number;
  peakHeapMB: number;
}

export const run: Bench = async ({ long, toy }) => {
  if (!existsSync(join(root, 'dist/index.html'))) throw new UsageError('There is no built site: npm run build first.');
  const executablePath = [process.env.CHROMIUM_PATH ?? '', '/usr/bin/chromium', chromium.executablePath()].find(
    (path) => path !== '' && existsSync(path),
  );
  if (!executablePath) throw new UsageError('There is no Chromium: set CHROMIUM_PATH to its program file.');
  const images = toy ? 600 : long ? 100_000 : 10_000;
  const folder = mkdtempSync(join(tmpdir(), 'lcp-gan-import-'));
  const server = await preview({ root, preview: { port: 0 }, logLevel: 'silent' });
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
      '--enable-precise-memory-info',
    ],
  });
  try {
    const address = server.resolvedUrls?.local[0] ?? '';
    const small = await measure(browser, address, await makeFolder(join(folder, 'small'), images, 0), images);
    const few = Math.min(images, 2000);
    const light = await measure(browser, address, await makeFolder(join(folder, 'light'), few, 0), few);
    const heavy = await measure(browser, address, await makeFolder(join(folder, 'heavy'), few, ballast), few);
    say(
      `${images} files in ${small.seconds.toFixed(1)} s; longest task ${small.longestTaskMs} ms, ${small.longestTaskCpuMs} ms of it at work`,
    );
    const table = long ? await measure(browser, address, await makeTable(join(folder, 'table'), images), images) : null;
    if (table) say(`with labels in a table: ${table.seconds.toFixed(1)} s, ${table.longestTaskCpuMs} ms at work`);
    say(`${few} files: heap ${light.peakHeapMB} MB, with ${ballast / 1024} KiB more in each ${heavy.peakHeapMB} MB`);
    return {
      adapter: `Chromium ${browser.version()}`,
      images,
      imagesPerSecond: Math.round(images / small.seconds),
      longestTaskMs: small.longestTaskMs,
      longestTaskCpuMs: small.longestTaskCpuMs,
      peakHeapMB: small.peakHeapMB,
      heapMBByFileSize: [light.peakHeapMB, heavy.peakHeapMB],
      ...(table ? { longestTaskCpuMsWithTable: table.longestTaskCpuMs, peakHeapMBWithTable: table.peakHeapMB } : {}),
    };
  } finally {
    await browser.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

const say = (text: string): void => console.log(text);

/** Pictures in one folder, and a table of their classes. */
async function makeTable(folder: string, count: number): Promise<string> {
  mkdirSync(join(folder, 'images'), { recursive: true });
  for (let i = 0; i < count; i += 1) writeFileSync(join(folder, 'images', `${i}.png`), await picture(i));
  const rows = Array.from({ length: count }, (_, i) => `images/${i}.png,class ${i % classes}\n`);
  writeFileSync(join(folder, 'labels.csv'), `file_name,label\n${rows.join('')}`);
  return folder;
}

async function measure(browser: Browser, address: string, folder: string, count: number): Promise<Figures> {
  const page = await browser.newPage();
  try {
    await page.goto(address);
    await page.getByTestId('dropzone').waitFor();
    // What the page does to come up is not what is measured.
    await page.waitForTimeout(3000);
    await watch(page);
    const traced = await longestTasks(browser, address);
    const began = performance.now();
    await dropPaths(page, page.getByTestId('dropzone'), [folder]);
    await page.getByText(`${count.toLocaleString('en-US')} pictures are ready`).waitFor({ timeout: 600_000 });
    const seconds = (performance.now() - began) / 1000;
    const longestTaskCpuMs = Math.round(await traced());
    const { longest, heap } = await page.evaluate(() => (globalThis as unknown as { watched: Watched }).watched);
    return { seconds, longestTaskMs: Math.round(longest), longestTaskCpuMs, peakHeapMB: Math.round(heap / 2 ** 20) };
  } finally {
    await page.close();
  }
}

interface Watched {
  longest: number;
  heap: number;
}

/** Notes the longest task, and the heap ten times a second. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const watched = { longest: 0, heap: 0 };
    Object.assign(globalThis, { watched });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) watched.longest = Math.max(watched.longest, duration);
    }).observe({ type: 'longtask' });
    const { memory } = performance as unknown as { memory: { usedJSHeapSize: number } };
    setInterval(() => (watched.heap = Math.max(watched.heap, memory.usedJSHeapSize)), 100);
  });
}
