/**
 * Setting up a run: what differs from a preset is told and taken back, a link brings settings and nothing of the
 * pictures to another browser, and this machine is measured once.
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

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

const preset = (page: Page, name: string) => page.getByRole('radio', { name: new RegExp(`^${name}`) });
const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });

/** What a link says, in plain text. */
const saidBy = (link: string): string => Buffer.from(link.split('#config=1.')[1] ?? '', 'base64url').toString('utf8');

/** By keys alone. */
async function copyLink({ page }: StudioPage): Promise<string> {
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: 'Find a command' })).toBeFocused();
  await page.keyboard.type('link\n');
  await expect(page.getByText(/^Copied a link with these settings/).first()).toBeVisible();
  return page.evaluate(() => navigator.clipboard.readText());
}

test('settings that differ are told and taken back, and go to another browser by a link', async ({ page, browser }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.drop(folders.partlyLabeled);
  await expect(studio.button('Start training')).toBeEnabled();

  // Another preset brings its own settings.
  await preset(page, 'Quick look').press('ArrowDown');
  await expect(preset(page, 'Standard')).toBeChecked();
  await studio.setAdvanced({ Length: 200, Batch: 16 });
  await page.getByRole('radiogroup', { name: 'Kind' }).getByText('None').click();
  await expect(page.getByText('3 changes from the preset')).toBeVisible();
  await expect(field(page, 'Length')).toHaveAccessibleDescription(/Changed; the preset has 1000\./);
  await expect(page.getByText('Changed; the preset has Fixed.')).toBeVisible();
  await expect(preset(page, 'Standard')).toHaveAccessibleName(/changed/);

  const link = await copyLink(studio);
  expect(JSON.parse(saidBy(link))).toEqual({
    preset: 'standard',
    changes: { kimg: 200, batch: 16, 'augment.mode': 'none' },
    clip: 'clip-lit',
  });
  expect(page.url()).toBe(link);
  const elsewhere = await browser.newContext();
  const other = new StudioPage(await elsewhere.newPage());
  await other.page.goto(link);
  await expect(other.page.getByText('The settings of the link are in place.').first()).toBeVisible();
  await expect(other.page.getByText('Open again')).toBeHidden();
  await other.drop(folders.oneClass);
  await expect(preset(other.page, 'Standard')).toBeChecked();
  await expect(other.page.getByText('3 changes from the preset')).toBeVisible();
  await other.page.getByText('Advanced settings').click();
  await expect(field(other.page, 'Length')).toHaveValue('200');
  await expect(field(other.page, 'Batch')).toHaveValue('16');
  const kind = other.page.getByRole('radiogroup', { name: 'Kind' });
  await expect(kind.getByRole('radio', { name: 'None', exact: true })).toBeChecked();
  expect(other.errors).toEqual([]);
  await elsewhere.close();

  await studio.pressOn(studio.button('Reset to the preset'));
  await expect(field(page, 'Length')).toHaveValue('1000');
  await expect(page.getByText(/changes? from the preset/)).toBeHidden();
  await expect(page.getByText(/^Changed; the preset has/)).toHaveCount(0);
  // The keyboard is still there.
  await page.keyboard.press('Tab');
  await expect(field(page, 'Length')).toBeFocused();
  expect(JSON.parse(saidBy(page.url()))).toEqual({ preset: 'standard', changes: {}, clip: 'clip-lit' });
  expect(studio.errors).toEqual([]);
});

test('this machine is measured once, where that was asked for, and presets say how long they take here @long', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  const here = page.getByTestId('time-here');
  await studio.open();
  await studio.drop(folders.oneClass);
  await expect(studio.button('Start training')).toBeEnabled();
  // On a processor nobody is kept waiting who has not asked for it.
  await expect(here).toContainText('How long it takes here is not known yet');
  await expect(preset(page, 'Quick look')).toHaveAccessibleName(/time not known yet/);
  await studio.pressOn(studio.button('Measure this machine'));
  await expect(studio.button('Measure again')).toBeVisible({ timeout: 600_000 });
  await expect(here).toContainText(/On this machine: \d/);
  for (const name of ['Quick look', 'Standard', 'Long'])
    await expect(preset(page, name)).toHaveAccessibleName(/ here · /);
  await expectAccessible(page);

  const measured = await here.innerText();
  await preset(page, 'Quick look').press('ArrowDown');
  await expect(preset(page, 'Standard')).toBeChecked();
  await expect(here).not.toHaveText(measured);
  await preset(page, 'Standard').press('ArrowUp');
  await page.reload();
  await studio.button('one class (8)').click();
  await expect(studio.button('Measure again')).toBeVisible();
  expect(await here.innerText()).toBe(measured);
  expect(studio.errors).toEqual([]);
});
