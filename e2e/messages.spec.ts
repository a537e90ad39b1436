/** What stands in a user's way is said in plain words, with what to do, and nothing is lost. */
import { chromium, expect, test } from '@playwright/test';
import { expectAccessible } from './support/accessible';
import { makeFolders, type TestFolders } from './support/folders';
import { StudioPage } from './support/studio';

let folders: TestFolders;
test.beforeAll(() => {
  folders = makeFolders();
});
test.afterAll(() => folders.remove());

test('a browser without WebGPU', async ({ baseURL }) => {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    const page = await browser.newPage();
    await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined }));
    await page.goto(baseURL ?? '');
    await expect(page.getByRole('heading', { name: /gives the page no access to your GPU/ })).toBeVisible();
    await expect(page.getByText(/Chrome and Edge from version/)).toBeVisible();
    await expect(page.getByRole('button', { name: 'Check again' })).toBeVisible();
  } finally {
    await browser.close();
  }
});

test('a browser with WebGPU but no adapter', async ({ baseURL }) => {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-software-rasterizer'],
  });
  try {
    const page = await browser.newPage();
    await page.goto(baseURL ?? '');
    await expect(page.getByText(/no GPU to work with|no WebGPU/).first()).toBeVisible();
    await expect(page.getByRole('button', { name: 'Check again' })).toBeVisible();
  } finally {
    await browser.close();
  }
});

test('an empty folder', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.drop(folders.empty);
  await expect(page.getByText('There are no pictures in what you dropped.').first()).toBeVisible();
  await expect(page.getByText(/Put the pictures of each class into a folder/).first()).toBeVisible();
});

test('a folder without labels: classes are named and pictures labeled by keys alone, and training can start', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.drop(folders.withoutLabels);
  await expect(page.getByText('None of the pictures has a label.').first()).toBeVisible();
  await expect(studio.button('Start training')).toBeDisabled();
  await expect(page.getByText('8 pictures are ready')).toBeVisible();
  await page.getByRole('button', { name: 'Label pictures' }).first().focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Name of a new class' })).toBeFocused();
  await expectAccessible(page);
  for (const name of ['sky', 'typo', 'sea']) await page.keyboard.type(`${name}\n`);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('label-grid')).toBeFocused();
  await page.keyboard.press('1');
  await page.keyboard.press('3');
  await expect(page.getByTestId('label-counts')).toContainText('2 labeled · 6 without a label');
  // A class named by mistake goes, and those behind it move up.
  await studio.button('Take the class typo away').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await page.keyboard.press('2');
  await expect(page.getByRole('gridcell', { name: /sea, labeled by you/ })).toHaveCount(2);
  await page.keyboard.press('b');
  await expect(page.getByTestId('reading')).toContainText('2 classes, 3 labeled, 5 unlabeled');
  await expect(studio.button('Start training')).toBeEnabled();
});

test('one class only', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.drop(folders.oneClass);
  await expect(page.getByText(/There is only one class, “cats”/).first()).toBeVisible();
  await expect(page.getByText(/second class/).first()).toBeVisible();
  // How it was read can be corrected, by whomever.
  await page.getByText('How the folders were read').click();
  await expect(page.getByRole('textbox', { name: 'Class of “one class/cats”' })).toHaveValue('cats');
  await expectAccessible(page);
  await expect(studio.button('Start training')).toBeEnabled();
});

test('files that only pretend to be pictures', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.drop(folders.silly);
  await expect(page.getByText(/None of the pictures could be decoded/).first()).toBeVisible();
});

test.describe('without the worker that keeps files for a time without a network', () => {
  test.use({ serviceWorkers: 'block' });

  test('a CLIP file that is not there', async ({ page }) => {
    const studio = new StudioPage(page);
    await page.route('**/models/**/*.onnx', (route) => route.fulfill({ status: 404, body: 'gone' }));
    await studio.open();
    await studio.drop(folders.partlyLabeled);
    await expect(studio.button('Start training')).toBeEnabled({ timeout: 60_000 });
    await studio.button('Start training').click();
    await expect(page.getByText('A file of the CLIP model is not where it should be.').first()).toBeVisible({
      timeout: 60_000,
    });
    await expect(page.getByText(/Choose another CLIP from the list, or drop the model files in/).first()).toBeVisible();
  });
});
