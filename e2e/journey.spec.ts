/**
 * The whole way on real pictures in a real browser: a directory dropped from disk, label inference, clusters and
 * prompts through CLIP, LCP-GAN trained on WebGPU (software adapter), watched, paused, resumed, exported, and the
 * export opened by PyTorch. From the drop on by keyboard alone.
 */
import { expect, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkExport } from './support/checkExport';
import { makeFolders, type TestFolders } from './support/folders';
import { smallNetworks, StudioPage } from './support/studio';
import { unzip } from './support/zip';

let folders: TestFolders;
test.beforeAll(() => {
  folders = makeFolders();
});
test.afterAll(() => folders.remove());

test('drop a partly labeled folder; train, watch, pause, resume and export it without a pointer', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.drop(folders.partlyLabeled);

  await expect(page.getByTestId('reading')).toContainText('3 classes, 19 labeled, 12 unlabeled');
  await expect(page.getByText('my drawings/animal/torn.png', { exact: true })).toBeAttached();
  await expect(page.getByText('my drawings/notes.txt', { exact: true })).toBeAttached();

  // Small enough for a software GPU: a few iterations, the CLIP head joining early.
  await studio.setAdvancedByKeys({ ...smallNetworks, Batch: 4, Length: 0.6, 'Prompt epochs': 3, 'Sample columns': 4 });
  await studio.judgeWholeSamplesOnlyByKeys();
  await studio.pressOn(studio.button('Start training'));

  // Words with their distances appear on the cards once the prompts are learnt, and go on changing.
  const card = page.getByTestId('cluster-card').first();
  await expect(card).toContainText(/\d\.\d/, { timeout: 300_000 });
  const firstPrompts = await studio.clusters();
  // Looked at all the while: labels that stay the same lead to the same prompts again.
  await expect.poll(() => studio.clusters(), { timeout: 300_000, intervals: [100] }).not.toBe(firstPrompts);
  await studio.waitForIteration(1);
  const early = await studio.samples();
  await expect.poll(() => studio.samples(), { timeout: 300_000, intervals: [1000] }).not.toBe(early);

  await studio.pressOn(studio.button('Pause'));
  await expect(studio.button('Resume')).toBeVisible();
  // What the run had reached when it came to rest is still being read back and shown: at most the iterations that were
  // under way.
  const pressed = await studio.iteration();
  await page.waitForTimeout(6000);
  const paused = await studio.iteration();
  expect(paused - pressed).toBeLessThanOrEqual(16);
  await page.waitForTimeout(3000);
  expect(await studio.iteration()).toBe(paused);

  // Drawing what PyTorch is to compare with takes a software GPU a while.
  const download = page.waitForEvent('download', { timeout: 300_000 });
  await studio.pressOn(studio.button('Export'));
  const exported = await download;
  expect(exported.suggestedFilename()).toMatch(/^lcp-gan-.*\.zip$/);
  checkExport(await unzip(await exported.path()));

  const jobDownload = page.waitForEvent('download', { timeout: 300_000 });
  await studio.pressOn(studio.button('Save training job'));
  const job = await jobDownload;
  expect(job.suggestedFilename()).toMatch(/^lcp-gan-job-.*\.zip$/);
  checkJob(await unzip(await job.path()), paused);

  // Words are compared with the pictures at any time, also at rest.
  await studio.tabTo(page.getByRole('textbox', { name: 'Words' }));
  await page.keyboard.type('a red picture, a blue picture');
  await studio.pressOn(studio.button('Ask'));
  await expect(page.getByTestId('scores')).toContainText('a blue picture');
  await expect(page.getByTestId('scores').getByText('Fits best')).toBeVisible();

  await studio.pressOn(studio.button('Resume'));
  await studio.waitForIteration(paused + 2);
  await studio.pressOn(studio.button('Stop'));
  await expect(page.getByTestId('phase')).toBeVisible();
  expect(studio.errors).toEqual([]);
});

/** PyTorch must take the run over: it reads all of it, and goes on. */
function checkJob(files: Map<string, Uint8Array>, iteration: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'lcp-gan-job-'));
  try {
    for (const [name, bytes] of files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
    const program = join(folder, 'lcp-gan-job', 'train.py');
    const python = process.env.PYTHON ?? 'python3';
    // Batches of four; half an iteration more, so that no rounding makes it one fewer.
    const end = String(((iteration + 5.5) * 4) / 1000);
    const output = execFileSync(python, [program, '--stop-at', end, '--report-every', '1'], { encoding: 'utf8' });
    expect(output).toContain('pictures/s');
    expect(output).toContain('finished');
    const checkpoint = join(folder, 'lcp-gan-job', 'result', 'checkpoint.safetensors');
    expect(readFileSync(checkpoint).length).toBeGreaterThan(100_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
