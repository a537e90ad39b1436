/**
 * A full-size CLIP from the dropped files to features, in Node and in Chromium: `npx tsx e2e/fullSizeClip.mts DIR
 * [--node | --chromium]`. DIR holds vision_model.onnx, text_model.onnx and tokenizer.json of a ViT-B/32: the real ones,
 * or the random ones that src/clip/testing/makeFullSize.py writes. Needs the built site (`npm run build`) and some
 * minutes. Prints sizes and ratios as one JSON object a part.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, openAsBlob, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import * as native from 'onnxruntime-node';
import { openFrozenClip } from '../src/clip/frozen';
import { loadClip } from '../src/clip/load';
import { toClipInput } from '../src/clip/preprocess';
import { probePictures } from '../src/clip/probePictures';
import { leastCosine } from '../src/clip/vectors';
import { MemoryBlobStore } from '../src/data/blobStore';
import { nodePorts } from '../src/headless/nodePorts';
import { readFolder } from '../src/headless/readFolder';
import { computeFeatures } from '../src/session/clip/clipFeatures';
import { importDataset } from '../src/session/run/importDataset';
import { RunControl } from '../src/session/run/runControl';
import { dropPaths } from './support/drop';
import { plainHost } from './support/plainHost';

const [folder = '', only] = process.argv.slice(2);
const names = ['vision_model.onnx', 'text_model.onnx', 'tokenizer.json'];
const paths = names.map((name) => join(folder, name));
const fileBytes = paths.reduce((sum, path) => sum + statSync(path).size, 0);
const round = (value: number): number => Number(value.toPrecision(3));

/** Three classes of five pictures each. */
function pictures(): string {
  const root = mkdtempSync(join(tmpdir(), 'full-size-'));
  const all = join(root, 'all');
  execFileSync(process.execPath, ['scripts/sampleFolder.mjs', '--out', all], { stdio: 'ignore' });
  const classes = readdirSync(all, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'unlabeled')
    .slice(0, 3);
  for (const { name } of classes) {
    mkdirSync(join(root, 'chosen', name), { recursive: true });
    for (const file of readdirSync(join(all, name)).slice(0, 5))
      copyFileSync(join(all, name, file), join(root, 'chosen', name, file));
  }
  rmSync(all, { recursive: true });
  return root;
}

const status = (pid: number | 'self', field: string): number =>
  Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;

async function inNode(root: string): Promise<Record<string, unknown>> {
  const before = status('self', 'VmRSS');
  const files = await Promise.all(names.map(async (name, i) => ({ name, file: await openAsBlob(paths[i] ?? '') })));
  const ports = nodePorts(() => undefined, new MemoryBlobStore());
  const model = await loadClip({ kind: 'files', files }, ports.clipIo, () => undefined);
  const clip = await openFrozenClip(model);
  const { reading, items } = await readFolder(join(root, 'chosen'));
  const dataset = await importDataset(ports, reading.classes, items, 32, new AbortController().signal);
  const features = await computeFeatures(ports, model, clip, dataset, new RunControl());
  const peak = status('self', 'VmHWM');
  const reference = await native.InferenceSession.create(paths[0] ?? '', { intraOpNumThreads: 1 });
  const pixels = toClipInput(probePictures(model.imageSize), model);
  const times: { wasm: number[]; native: number[] } = { wasm: [], native: [] };
  let cosine = 1;
  for (let i = 0; i < 5; i += 1) {
    let started = performance.now();
    const ours = await clip.encodeImages(pixels);
    times.wasm.push(performance.now() - started);
    started = performance.now();
    const output = (
      await reference.run({
        [reference.inputNames[0] ?? '']: new native.Tensor('float32', pixels, [3, 3, model.imageSize, model.imageSize]),
      })
    )[reference.outputNames[0] ?? ''];
    times.native.push(performance.now() - started);
    cosine = Math.min(cosine, leastCosine(output?.data as Float32Array, ours, model.dim));
  }
  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[2] ?? NaN;
  await clip.close();
  return {
    part: 'node',
    name: model.name,
    dim: model.dim,
    imageSize: model.imageSize,
    text: model.text !== null,
    pictures: items.length,
    unit: round(Math.hypot(...features.subarray(0, model.dim))),
    cosineToNative: cosine,
    timeToNative: round(median(times.wasm) / median(times.native)),
    fileBytes,
    peakOverFile: round((peak - before) / fileBytes),
  };
}

/** Resident memory of a process and everything below it. */
function familyBytes(pid: number): number {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [{ pid: Number(name), parent: status(Number(name), 'PPid') / 1024 }];
      } catch {
        return [];
      }
    });
  const family = new Set([pid]);
  for (let grew = true; grew;) {
    const more = parents.filter((each) => family.has(each.parent) && !family.has(each.pid));
    for (const each of more) family.add(each.pid);
    grew = more.length > 0;
  }
  return [...family].reduce((sum, each) => {
    try {
      return sum + status(each, 'RssAnon');
    } catch {
      return sum;
    }
  }, 0);
}

async function inChromium(root: string): Promise<Record<string, unknown>> {
  const { url, server } = await plainHost();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
  });
  const page = await browser.newPage();
  const phases: Record<string, number> = {};
  let peak = 0;
  try {
    await page.goto(url);
    await page.waitForFunction(() => window.crossOriginIsolated);
    await dropPaths(page, page.getByTestId('dropzone'), [join(root, 'chosen')]);
    await page.getByRole('button', { name: 'Start training' }).waitFor();
    // The files of a CLIP, dropped on the page like pictures.
    await dropPaths(page, page.getByRole('banner'), paths);
    await page.getByText('vision_model.onnx').first().waitFor();
    const start = page.getByRole('button', { name: 'Start training' });
    await page.waitForFunction(
      () => !document.querySelector('button[data-disabled]')?.textContent?.includes('Start training'),
    );
    const idle = familyBytes(process.pid);
    await start.click();
    const started = Date.now();
    for (let phase = ''; phase !== 'partition' && phase !== 'prompts';) {
      await page.waitForTimeout(500);
      phase = (await page.getByTestId('phase').getAttribute('data-phase', { timeout: 600_000 })) ?? '';
      phases[phase] ??= Date.now() - started;
      peak = Math.max(peak, familyBytes(process.pid) - idle);
      const heading = await page.getByRole('heading', { level: 1 }).first().innerText();
      if (/Failed/.test(heading)) throw new Error(await page.locator('main').innerText());
    }
    return {
      part: 'chromium',
      seconds: Object.fromEntries(Object.entries(phases).map(([phase, ms]) => [phase, Math.round(ms / 1000)])),
      fileBytes,
      peakOverFile: round(peak / fileBytes),
    };
  } finally {
    await browser.close();
    server.close();
  }
}

const root = pictures();
try {
  if (only !== '--chromium') console.log(JSON.stringify(await inNode(root)));
  if (only !== '--node') console.log(JSON.stringify(await inChromium(root)));
} finally {
  rmSync(root, { recursive: true, force: true });
}
process.exit(0);
