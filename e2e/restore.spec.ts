/**
 * A run whose page was closed: it is told of at the next visit, goes on with the pictures that were kept, in one tab
 * alone, and can be forgotten.
 */
import { expect, test, type Page } from '@playwright/test';
import { expectAccessible } from './support/accessible';
import { makeFolders, type TestFolders } from './support/folders';
import { smallNetworks, StudioPage } from './support/studio';

let folders: TestFolders;
test.beforeAll(() => {
  folders = makeFolders();
});
test.afterAll(() => folders.remove());

/** The latest iteration of what the browser has saved of runs, or of their timelines; -1 where there is none. */
function savedIteration(page: Page, database = 'lcp-gan-runs'): Promise<number> {
  return page.evaluate(
    (name) =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open(name, 1);
        opening.addEventListener('error', () => reject(opening.error ?? new Error('not opened')));
        opening.addEventListener('success', () => {
          const opened = opening.result;
          const all = opened.transaction('about').objectStore('about').getAll();
          all.addEventListener('success', () => {
            opened.close();
            resolve(Math.max(-1, ...(all.result as { iteration: number }[]).map(({ iteration }) => iteration)));
          });
        });
      }),
    database,
  );
}

/** Goes to the earliest grid of the timeline; a digest of its pixels. */
async function earliestGrid(studio: StudioPage): Promise<string> {
  const moment = studio.page.getByRole('slider', { name: 'Moment of the run' });
  await moment.press('Home');
  await expect(moment).toHaveAttribute('aria-valuetext', 'Iteration 0');
  await expect(studio.button('Newest')).toBeEnabled();
  return studio.samples();
}

/** Trains a little and pauses; the iteration that was reached and saved. */
async function trainAndPause(studio: StudioPage): Promise<number> {
  const { page } = studio;
  page.on('dialog', (dialog) => void dialog.accept());
  await studio.open();
  await expect(page.getByText(/A run was interrupted/)).toBeHidden();
  await studio.drop(folders.partlyLabeled);
  await studio.setAdvanced({ ...smallNetworks, Batch: 4, Length: 0.4, 'Prompt epochs': 1, 'Sample columns': 2 });
  await studio.judgeWholeSamplesOnly();
  await studio.button('Start training').click();
  // The tab tells what is being prepared, and how far that is.
  await expect(page).toHaveTitle(/^(Load CLIP|Read features|Find clusters|Learn prompts) (\d+% )?· LCP-GAN Studio$/);
  await studio.waitForIteration(3);
  await studio.button('Pause').click();
  await expect(page.getByRole('heading', { name: 'Paused' })).toBeVisible();
  await expect(page).toHaveTitle(/^Paused at \d+% · LCP-GAN Studio$/);
  // The page learns of the last iterations, and they are saved, while the work rests already.
  await expect(async () => expect(await savedIteration(page)).toBe(await studio.iteration())).toPass({
    timeout: 60_000,
  });
  return studio.iteration();
}

/** The second tab offers what the first goes on with: it is refused there, until the first is closed. */
async function hasItAlone(first: StudioPage, second: StudioPage): Promise<void> {
  await second.button('Go on with the last run').click();
  await expect(second.page.getByText('This run is open in another tab already.').first()).toBeVisible();
  await expectAccessible(second.page);
  await second.button('Runs').click();
  const row = second.page.getByTestId('kept-run');
  await expect(row).toContainText('open in another tab');
  await expect(row.getByRole('button', { name: 'Go on' })).toBeDisabled();
  await expect(row.getByRole('button', { name: /^Delete/ })).toBeDisabled();
  await first.stop();
  await first.page.close();
  // Nobody opens the list anew.
  await expect(row).not.toContainText('open in another tab');
  await row.getByRole('button', { name: 'Go on' }).click();
  await expect(second.page.getByTestId('phase')).toHaveText(/Load CLIP|Read features|Prepare GPU/);
}

test('a reload in mid-run: the run is told of, goes on where it was by one press, in one tab alone, and is forgotten when asked to', async ({
  page,
  context,
}) => {
  const studio = new StudioPage(page);
  const reached = await trainAndPause(studio);
  await expect.poll(() => savedIteration(page, 'lcp-gan-runs-timelines')).toBe(reached);
  const newest = await studio.samples();
  const earliest = await earliestGrid(studio);
  expect(earliest).not.toBe(newest);
  await expectAccessible(page);

  await page.reload();
  await expect(page.getByText(/A run was interrupted at .+ of 0.4 kimg/)).toBeVisible();
  const second = new StudioPage(await context.newPage());
  await second.open();
  await expect(second.page.getByText(/A run was interrupted at/)).toBeVisible();
  // The pictures were kept on this machine: it takes no second drop.
  await expectAccessible(page);
  await studio.button('Go on with the last run').click();
  await studio.waitForIteration(reached + 1);
  await expect(
    page
      .getByRole('region', { name: 'Log' })
      .getByText(`The run goes on at iteration ${reached}, where it was last saved.`),
  ).toBeAttached();
  // The timeline reaches back to before the reload.
  await expect.poll(() => earliestGrid(studio)).toBe(earliest);

  await hasItAlone(studio, second);
  // It was stopped, and goes on: that this tab dies before it is saved again is an interruption.
  await second.page.reload();
  await expect(second.page.getByText(/A run was interrupted at/)).toBeVisible();
  await second.button('Forget the last run').click();
  await second.page.getByRole('alertdialog').getByRole('button', { name: 'Forget it' }).click();
  await expect(second.page.getByText(/A run was interrupted at/)).toBeHidden();
  await expect.poll(() => savedIteration(second.page)).toBe(-1);
  await second.page.reload();
  await expect(second.page.getByTestId('dropzone')).toBeVisible();
  await second.drop(folders.partlyLabeled);
  await expect(second.button('Start training')).toBeEnabled();
  await expect(second.page.getByText(/was interrupted at/)).toBeHidden();
  expect([...studio.errors, ...second.errors]).toEqual([]);
});
