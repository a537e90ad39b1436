/**
 * The GPU goes away in mid-run, as when a driver is reset: training goes on by itself; only when it happens again and
 * again does the run end, with an export.
 */
import { expect, test, type Browser } from '@playwright/test';
import { makeFolders, type TestFolders } from './support/folders';
import { smallNetworks, StudioPage } from './support/studio';
import { unzip } from './support/zip';

// Chromium bars a page from the GPU after a few crashes, which is right for a user and in the way here.
test.use({
  launchOptions: async ({ launchOptions }, use) => {
    await use({
      ...launchOptions,
      args: [
        ...(launchOptions.args ?? []),
        '--disable-gpu-process-crash-limit',
        '--disable-domain-blocking-for-3d-apis',
      ],
    });
  },
});

let folders: TestFolders;
test.beforeAll(() => {
  folders = makeFolders();
});
test.afterAll(() => folders.remove());

async function crashGpu(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  await session.send('Browser.crashGpuProcess').catch(() => undefined);
  await session.detach().catch(() => undefined);
}

test('a lost GPU in mid-run is replaced and training goes on; one that is lost four times ends the run with an export', async ({
  page,
  browser,
}) => {
  // Everything is compiled anew after each loss, which takes a software GPU its time.
  test.slow();
  const studio = new StudioPage(page);
  await studio.open();
  await studio.drop(folders.partlyLabeled);
  await studio.setAdvanced({
    ...smallNetworks,
    Batch: 4,
    Length: 40,
    'Prompt epochs': 1,
    'Sample columns': 2,
    'Weight of the CLIP critic': 0,
  });
  await studio.button('Start training').click();
  await studio.waitForIteration(3);
  await expect(page.getByTestId('health')).toContainText('too small to hold pictures back');

  const restored = page.getByText(
    /The GPU was lost at iteration [\d,]+ and has been restored; [\d,]+ iterations? (are|is) repeated\./,
  );
  const log = page.getByRole('region', { name: 'Log' });
  const crashedAt = await studio.iteration();
  await crashGpu(browser);
  await expect(log.locator('li').filter({ has: restored })).toHaveCount(1, { timeout: 120_000 });
  await studio.waitForIteration(crashedAt + 2);
  await expect(page.getByTestId('problem')).toHaveCount(0);

  // Whatever it is doing then, restoring included.
  await expect(async () => {
    await crashGpu(browser);
    await expect(page.getByTestId('problem')).toBeVisible({ timeout: 5000 });
  }).toPass({ timeout: 120_000 });
  await expect(page.getByTestId('problem')).toContainText('4 times within 10 minutes');
  await expect(studio.button('Try again with the same pictures')).toBeVisible();

  const download = page.waitForEvent('download');
  await studio.button('Export').click();
  const files = await unzip(await (await download).path());
  expect(files.get('checkpoint.safetensors')?.length).toBeGreaterThan(100_000);
  expect(files.has('health.csv')).toBe(true);
});
