/**
 * A run whose page was closed: it is told of at the next visit, goes on with the pictures that were kept, and can be forgotten.
 */
import { expect, test, type Page } from '@playwright/test';
import { expectAccessible } from './support/accessible';
import { makeFolders, type TestFolders } from './support/folders';
import { StudioPage } from './support/studio';

let folders: TestFolders;
test.beforeAll(() => {
  folders = makeFolders();
});
test.afterAll(() => folders.remove());

/** Iteration of the newest run that the browser has saved; -1 where there is none. */
function savedIteration(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open('lcp-gan-runs', 1);
        opening.addEventListener('error', () => reject(opening.error ?? new Error('not opened')));
        opening.addEventListener('success', () => {
          const database = opening.result;
          const all = database.transaction('about').objectStore('about').getAll();
          all.addEventListener('success', () => {
            database.close();
            resolve(Math.max(-1, ...(all.result as { iteration: number }[]).map(({ iteration }) => iteration)));
          });
        });
      }),
  );
}

test('a reload in mid-run: the run is told of, goes on where it was by one press, and is forgotten when asked to', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  page.on('dialog', (dialog) => void dialog.accept());
  await studio.open();
  await expect(page.getByText(/A run was interrupted/)).toBeHidden();
  await studio.drop(folders.partlyLabeled);
  await studio.setAdvanced({ Batch: 4, Length: 0.4, 'Prompt epochs': 1, 'Sample columns': 2 });
  await studio.button('Start training').click();
  await studio.waitForIteration(3);
  await studio.button('Pause').click();
  await expect(page.getByRole('heading', { name: 'Paused' })).toBeVisible();
  // The page learns of the last iterations, and they are saved, while the work rests already.
  await expect(async () => expect(await savedIteration(page)).toBe(await studio.iteration())).toPass({
    timeout: 60_000,
  });
  const reached = await studio.iteration();
  await expectAccessible(page);

  await page.reload();
  await expect(page.getByText(/A run was interrupted at .+ of 0.4 kimg/)).toBeVisible();
  // The pictures were kept on this machine: it takes no second drop.
  await expectAccessible(page);
  await studio.button('Go on with the last run').click();
  await studio.waitForIteration(reached + 1);
  await expect(
    page
      .getByRole('region', { name: 'Log' })
      .getByText(`The run goes on at iteration ${reached}, where it was last saved.`),
  ).toBeAttached();
  await studio.button('Stop').click();
  await studio.button('New run').click();

  await expect(page.getByText(/A run of these pictures was interrupted at/)).toBeVisible();
  await studio.button('Forget the last run').click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Forget it' }).click();
  await expect(page.getByText(/A run of these pictures was interrupted at/)).toBeHidden();
  await expect.poll(() => savedIteration(page)).toBe(-1);
  await page.reload();
  await expect(page.getByTestId('dropzone')).toBeVisible();
  await studio.drop(folders.partlyLabeled);
  await expect(studio.button('Start training')).toBeEnabled();
  await expect(page.getByText(/was interrupted at/)).toBeHidden();
  expect(studio.errors).toEqual([]);
});
