/**
 * Sets of many files in a real Chromium, on the built site: CIFAR-10 as 50,000 files, partly labeled, and 100,000 small
 * pictures, each folder dropped as a hand drops it. Reading shows how far it is; cancelled in the middle it leaves the
 * page as it was; the next drop of the folder is read to its end, with as many pictures of each class as lie on the disk;
 * after a reload the set opens again without a drop. The stage `large` of `npm test`; the built site has to be there.
 *
 * A few hundred files are read first. What they take is what the many are held to, so that no time is asserted: the
 * page's longest task, in the processor's time, is as long as it was, and its heap grows by paths, not by pictures.
 * The environment variable LARGE reads so many files of each set instead, to try the stage itself.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { preview } from 'vite';
import { longestTasks, makeFolder } from '../bench/manyPictures';
import { dropPaths } from '../e2e/support/drop';
import { ensureCache, giveUp, root, say } from './setup.mjs';

/** Nothing here takes longer: the machine may be busy, and may have no GPU. */
const patience = { timeout: 3 * 3_600_000 };
const fewFiles = 500;
/** Of the longest task with many files over that with few. */
const mostGrowth = 3;
/** Of the page's heap for each file. A picture of CIFAR-10 has 3 KiB, and its file more than 2. */
const mostHeapPerFile = 1024;

const cache = join(ensureCache(), 'large');
const tried = process.env['LARGE'] ? Number(process.env['LARGE']) : null;
if (tried !== null && !(Number.isInteger(tried) && tried > fewFiles))
  giveUp(`LARGE=${process.env['LARGE']} is no number of files.`, `Give a whole number above ${fewFiles}.`);

/** Makes a folder where it is not there; one that was broken off does not count. */
async function made(name: string, make: (folder: string) => unknown): Promise<string> {
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  say(`Writing ${name} …`);
  mkdirSync(cache, { recursive: true });
  rmSync(`${folder}.part`, { recursive: true, force: true });
  await make(`${folder}.part`);
  renameSync(`${folder}.part`, folder);
  return folder;
}

const smallFiles = (count: number): Promise<string> => made(`small-${count}`, (folder) => makeFolder(folder, count, 0));

const script = join(root, 'scripts/cifar10.mjs');
const cifar10 = (count: number): Promise<string> =>
  made(`cifar10-${count}`, (folder) =>
    execFileSync(process.execPath, [script, '--out', folder, '--labels', '0.2', '--limit', String(count)]),
  );

interface Counts {
  files: number;
  /** As the page's table of classes names and counts them. */
  rows: Record<string, number>;
}

function countsOf(folder: string): Counts {
  const of = (name: string): number => readdirSync(join(folder, name)).length;
  const names = readdirSync(folder);
  const rows = Object.fromEntries(names.map((name) => [name === 'unlabeled' ? 'without a label' : name, of(name)]));
  return { files: Object.values(rows).reduce((sum, count) => sum + count, 0), rows };
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

const shown = (count: number): string => count.toLocaleString('en-US');

/** The page, from the drop of a folder on; `errors` of its console. */
class Reading {
  readonly errors: string[] = [];

  constructor(
    readonly page: Page,
    private readonly address: string,
  ) {
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => void (message.type() === 'error' && this.errors.push(message.text())));
    page.on('dialog', (dialog) => void dialog.accept());
  }

  async open(): Promise<void> {
    await this.page.goto(this.address);
    await this.page.getByTestId('dropzone').waitFor(patience);
    // What the page does to come up is not what is measured.
    await this.page.waitForTimeout(3000);
  }

  async drop(folder: string): Promise<void> {
    await dropPaths(this.page, this.page.getByTestId('dropzone'), [folder]);
  }

  /** Waits until so many pictures have been read, or all. @returns how far the page said it was, again and again */
  async until(count: number, { files }: Counts): Promise<number[]> {
    const ready = this.page.getByText(`${shown(files)} pictures are ready`);
    const bar = this.page.getByRole('progressbar', { name: 'Reading pictures' });
    const said: number[] = [];
    while (!(await ready.isVisible())) {
      const text = await bar.getAttribute('aria-valuetext', { timeout: 1000 }).catch(() => null);
      const done = Number(/^([\d,]+) of /.exec(text ?? '')?.[1]?.replaceAll(',', '') ?? Number.NaN);
      if (done > (said.at(-1) ?? -1)) said.push(done);
      if (done >= count) break;
      await this.page.waitForTimeout(100);
    }
    return said;
  }

  async expectCounts({ rows }: Counts): Promise<void> {
    const table = this.page.getByRole('table', { name: /^Classes with their number/ });
    const found = await table
      .locator('tbody tr')
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => (cell as HTMLElement).innerText.trim())));
    const counts = Object.fromEntries(
      found.map(([name = '', count = '']) => [name, Number(count.replaceAll(',', ''))]),
    );
    const same = Object.keys({ ...rows, ...counts }).every((name) => rows[name] === counts[name]);
    expect(same, `The page counts ${JSON.stringify(counts)}, the disk ${JSON.stringify(rows)}.`);
  }

  /** Settles when the browser has its copy. */
  async kept(): Promise<void> {
    const isKept = async (): Promise<boolean> => {
      const storage = await navigator.storage.getDirectory();
      const shelf = await storage.getDirectoryHandle('pictures', { create: true });
      for await (const each of shelf.values()) {
        const index = (each as FileSystemDirectoryHandle).getFileHandle('about.json');
        if (await index.then(() => true).catch(() => false)) return true;
      }
      return false;
    };
    while (!(await this.page.evaluate(isKept))) await this.page.waitForTimeout(500);
  }

  /** Bytes that the page's heap cannot give back. */
  async heap(): Promise<number> {
    const session = await this.page.context().newCDPSession(this.page);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    await session.detach();
    return usedSize;
  }
}

interface Measured {
  files: number;
  seconds: number;
  /** Of the first drop and of the next one until a fiftieth is read, and of the last fiftieth. */
  longestTasksCpuMs: number[];
  heapBytes: number;
}

/** Cancels in the middle of it, reads it to its end, and opens it again after a reload. */
async function readFolder(browser: Browser, address: string, folder: string): Promise<Measured> {
  const counts = countsOf(folder);
  const { files } = counts;
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const reading = new Reading(page, address);
  try {
    await reading.open();
    const longest: number[] = [];
    // A trace of all would be larger than what it tells of: its parts are those in which the page itself works.
    const dropTraced = async (): Promise<void> => {
      const ended = await longestTasks(browser, address);
      await reading.drop(folder);
      await reading.until(files / 50, counts);
      longest.push(await ended());
    };
    await dropTraced();
    await reading.until(files / 20, counts);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByTestId('dropzone').waitFor(patience);

    const began = performance.now();
    await dropTraced();
    const said = await reading.until(files * 0.98, counts);
    const atLast = await longestTasks(browser, address);
    said.push(...(await reading.until(files, counts)));
    await page.getByText(`${shown(files)} pictures are ready`).waitFor(patience);
    const seconds = (performance.now() - began) / 1000;
    await reading.kept();
    longest.push(await atLast());
    expect(new Set(said).size >= 3, `The page said how far it was ${said.length} times.`);
    await reading.expectCounts(counts);
    const heapBytes = await reading.heap();

    await page.reload();
    const name = folder.split(/[\\/]/).at(-1) ?? '';
    await page.getByRole('button', { name: `${name} (${shown(files)})` }).click(patience);
    await page.getByText(`${shown(files)} pictures are ready`).waitFor(patience);
    await reading.expectCounts(counts);
    expect(reading.errors.length === 0, `The page had errors:\n${reading.errors.join('\n')}`);
    return { files, seconds, longestTasksCpuMs: longest, heapBytes };
  } finally {
    await page.close();
  }
}

function tell(name: string, { files, seconds, longestTasksCpuMs, heapBytes }: Measured): void {
  const pace = `${shown(files)} files in ${Math.round(seconds)} s, ${Math.round(files / seconds)} a second`;
  const heap = `${(heapBytes / 2 ** 20).toFixed(1)} MiB of heap`;
  const [first, next, last] = longestTasksCpuMs.map((each) => Math.round(each));
  say(
    `${name}: ${pace}; longest task ${first} ms of the processor after the first drop, ${next} after the next, ${last} at the end; ${heap}.`,
  );
}

const server = await preview({ root, preview: { port: 0 }, logLevel: 'error' });
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
});
let failed = 0;
try {
  const address = server.resolvedUrls?.local[0] ?? '';
  const few = await readFolder(browser, address, await smallFiles(fewFiles));
  tell('Few files', few);
  const sets = { 'CIFAR-10': () => cifar10(tried ?? 50_000), 'Small files': () => smallFiles(tried ?? 100_000) };
  for (const [name, folder] of Object.entries(sets)) {
    try {
      const many = await readFolder(browser, address, await folder());
      tell(name, many);
      const growth = Math.max(...many.longestTasksCpuMs) / Math.max(...few.longestTasksCpuMs);
      const perFile = (many.heapBytes - few.heapBytes) / (many.files - few.files);
      say(
        `${name}: longest task ${growth.toFixed(1)} times that of few files, ${Math.round(perFile)} bytes of heap a file.`,
      );
      expect(growth <= mostGrowth, `The longest task grows with the number of files (${growth.toFixed(1)} times).`);
      expect(perFile <= mostHeapPerFile, `The heap grows by ${Math.round(perFile)} bytes a file.`);
    } catch (error) {
      failed += 1;
      say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
} finally {
  await browser.close();
  await server.close();
}
process.exitCode = failed === 0 ? 0 : 1;
