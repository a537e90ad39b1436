/** Labeling by keyboard alone, before a run: labels, ranges, undo, CLIP's guesses, search, export; kept over a reload. */
import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { expectAccessible } from './support/accessible';
import { makeFolders, type TestFolders } from './support/folders';
import { StudioPage } from './support/studio';

let folders: TestFolders;
test.beforeAll(() => {
  folders = makeFolders();
});
test.afterAll(() => folders.remove());

/** Presses Tab until the element with this name has the focus. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    const text = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!focused) return '';
      const label =
        focused instanceof HTMLInputElement || focused instanceof HTMLSelectElement ? focused.labels?.[0] : null;
      return (focused.getAttribute('aria-label') ?? label?.textContent ?? focused.textContent ?? '').trim();
    });
    if (typeof name === 'string' ? text === name : name.test(text)) return;
  }
  throw new Error(`Tab does not lead to ${String(name)}.`);
}

test('labels are given, taken back, guessed, searched and exported by keys alone, and are there after a reload', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  const counts = page.getByTestId('label-counts');
  const active = page.locator('[role=gridcell][aria-selected=true]');
  await studio.open();
  await studio.drop(folders.partlyLabeled);
  await expect(studio.button('Start training')).toBeEnabled();

  await page.keyboard.press('l');
  await expect(page.getByTestId('label-grid')).toBeFocused();
  await expect(counts).toContainText('18 labeled · 12 without a label · 30 shown');
  await expectAccessible(page);

  // One picture, and the next; a range; what was done last is undone and done again.
  await page.keyboard.press('Control+End');
  await expect(active).toHaveAccessibleName(/no label$/);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('1');
  await page.keyboard.press('2');
  await expect(counts).toContainText('20 labeled · 10 without');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('Shift+ArrowLeft');
  await expect(counts).toContainText('3 selected');
  await page.keyboard.press('x');
  await expect(counts).toContainText('20 labeled · 7 without');
  await page.keyboard.press('Control+z');
  await expect(counts).toContainText('20 labeled · 10 without');
  await page.keyboard.press('Control+y');
  await expect(counts).toContainText('20 labeled · 7 without');

  // CLIP looks at the pictures on demand; the most useful label comes first, and the guess is taken.
  await page.keyboard.press('n');
  await expect(active).toHaveAccessibleName(/no label, perhaps .+ sure$/);
  await expect(counts).toContainText('7 shown');
  await page.keyboard.press('g');
  await expect(counts).toContainText('21 labeled · 6 without');
  await expectAccessible(page);

  // All like this, with a count to confirm.
  await page.keyboard.press('l');
  await expect(page.getByRole('dialog', { name: 'Label all like this' })).toBeVisible();
  await expectAccessible(page);
  await tabTo(page, 'Pictures');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('2');
  await tabTo(page, /^Label [23] pictures as /);
  await page.keyboard.press('Enter');
  await expect(counts).toContainText(/2[34] labeled/);

  await tabTo(page, 'Search by words');
  await page.keyboard.type('a smiling face');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('option', { name: 'Fits “a smiling face”' })).toBeAttached();

  const labeled = Number(/(\d+) labeled/.exec(await counts.innerText())?.[1]);
  await studio.button('Export labels').focus();
  await page.keyboard.press('Enter');
  await expectAccessible(page);
  await tabTo(page, 'Save');
  const download = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  const table = readFileSync(await (await download).path(), 'utf8')
    .trim()
    .split('\r\n');
  expect(table[0]).toBe('path,label,source,confidence');
  expect(table.filter((line) => /,(given|fixed),1$/.test(line))).toHaveLength(labeled);
  expect(table.filter((line) => line.endsWith(',,ignored,'))).toHaveLength(3);

  await expect(page.getByRole('dialog')).toBeHidden();
  // The checks are a room beside; both lead back.
  await page.getByTestId('label-grid').focus();
  await page.keyboard.press('d');
  await expect(page.getByText('Copies: none.')).toBeVisible();
  await page.keyboard.press('b');
  await expect(studio.button('Start training')).toBeVisible();

  await page.reload();
  await studio.button('my drawings (30)').focus();
  await expectAccessible(page);
  await page.keyboard.press('Enter');
  await expect(studio.button('Start training')).toBeEnabled();
  await page.keyboard.press('l');
  await expect(counts).toContainText(`${labeled} labeled`);
  expect(studio.errors).toEqual([]);
});
