/** The GPU goes away in mid-run: the page says so, and what was trained can still be saved. */
import { expect, test } from '@playwright/test';
import { makeFolders, type TestFolders } from './support/folders';
import { StudioPage } from './support/studio';
import { unzip } from './support/zip';

let folders: TestFolders;
test.beforeAll(() => {
  folders = makeFolders();
});
test.afterAll(() => folders.remove());

test('a lost GPU in mid-run: a clear message, and the last good state is exported', async ({ page, browser }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.drop(folders.partlyLabeled);
  await studio.setAdvanced({ Batch: 4, Length: 4, 'Prompt epochs': 1, 'Sample columns': 2, 'Weight of the CLIP critic': 0 });
  await studio.button('Start training').click();
  await studio.waitForIteration(3);

  const session = await browser.newBrowserCDPSession();
  await session.send('Browser.crashGpuProcess').catch(() => undefined);
  await expect(page.getByTestId('problem')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByTestId('problem')).toContainText('device-lost');
  await expect(studio.button('Try again with the same pictures')).toBeVisible();

  const download = page.waitForEvent('download');
  await studio.button('Export').click();
  const files = await unzip(await (await download).path());
  expect(files.get('checkpoint.safetensors')?.length).toBeGreaterThan(100_000);
});
