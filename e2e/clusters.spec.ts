/**
 * Clusters as a person wants them, while a run trains: named, locked, merged and split, which the run does when asked
 * to; their map, on which pictures are chosen by a line around them and labeled.
 */
import { expect, test, type Page } from '@playwright/test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expectAccessible } from './support/accessible';
import { makeFolders, type TestFolders } from './support/folders';
import { smallNetworks, StudioPage } from './support/studio';

let folders: TestFolders;
test.beforeAll(() => {
  folders = makeFolders();
});
test.afterAll(() => folders.remove());

const cardOf = (page: Page, name: string) => page.getByRole('article', { name, exact: true });
const cardNames = (page: Page): Promise<(string | null)[]> =>
  page.getByTestId('cluster-card').evaluateAll((cards) => cards.map((card) => card.getAttribute('aria-label')));
const rowNames = (page: Page): Promise<(string | null)[]> =>
  page
    .getByRole('list', { name: 'Rows' })
    .getByRole('button')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('title')));

const begun = ['animal 1', 'animal 2', 'clothing 1', 'clothing 2', 'face 1', 'face 2'];
const wanted = ['animal 1', 'clothing 1', 'clothing 2', 'clothing 3', 'face 1', 'face 2'];
const named = (names: string[]): string[] => names.map((name) => (name === 'face 2' ? 'face 2, “Grins”' : name));

/** Wishes, by keys: they wait, and can be told from what is. */
async function wish(page: Page): Promise<void> {
  const face = cardOf(page, 'face 2');
  await face.locator('summary', { hasText: 'Change' }).press('Enter');
  await face.getByRole('button', { name: 'Name', exact: true }).press('Enter');
  await page.keyboard.type('Grins\n');
  await expect(face.getByRole('heading')).toContainText('Grins');
  await expect(face.getByRole('button', { name: 'Name', exact: true })).toBeFocused();
  await face.getByRole('button', { name: 'Lock', exact: true }).press('Enter');
  await expect(face.getByRole('heading')).toContainText('locked');
  await expect.poll(() => rowNames(page)).toEqual(named(begun));

  const animal = cardOf(page, 'animal 1');
  await animal.locator('summary', { hasText: 'Change' }).press('Enter');
  await animal.getByRole('button', { name: 'Merge', exact: true }).press('Enter');
  await expect(cardOf(page, 'animal 2').getByRole('heading')).toContainText('will be merged');
  const clothing = cardOf(page, 'clothing 1');
  await clothing.locator('summary', { hasText: 'Change' }).press('Enter');
  await clothing.getByRole('button', { name: 'Split', exact: true }).press('Enter');
  await expect(clothing.getByRole('heading')).toContainText('will be split');
  await expect(page.getByText('2 changes of clusters wait.')).toBeVisible();
}

/** Chooses pictures by a line around half of the map and labels them; how many of them had no label. */
async function labelOnMap(studio: StudioPage): Promise<number> {
  const { page } = studio;
  await page.getByText('Map of your pictures').click();
  await expect(page.getByText(/^Neighbours are kept/)).toBeVisible();
  const chosen = page.getByRole('region', { name: 'Chosen pictures' });
  await page.getByRole('combobox', { name: 'Cluster', exact: true }).selectOption('face 2, “Grins”');
  await expect(chosen).toContainText(/^(\d+) pictures?: \1 in face 2, “Grins”/);

  const map = page.getByTestId('cluster-map');
  await map.scrollIntoViewIfNeeded();
  const box = await map.boundingBox();
  if (!box) throw new Error('The map is not in view.');
  const at = (x: number, y: number): [number, number] => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(0.01, 0.01));
  await page.mouse.down();
  for (const [x, y] of [
    [0.5, 0.01],
    [0.5, 0.99],
    [0.01, 0.99],
  ] as const)
    await page.mouse.move(...at(x, y), { steps: 4 });
  await page.mouse.up();
  const pictures = chosen.getByRole('img');
  const names = await pictures.evaluateAll((images) => images.map((image) => image.getAttribute('aria-label') ?? ''));
  expect(names.length).toBeGreaterThan(3);
  expect(names.length).toBeLessThan(30);
  await expect(chosen).toContainText(`${names.length} pictures: `);
  await chosen.getByRole('combobox').selectOption('clothing');
  await chosen.getByRole('button', { name: 'Label', exact: true }).click();
  const unlabeled = new Set(readdirSync(join(folders.partlyLabeled, 'unlabeled')));
  return names.filter((name) => unlabeled.has(name)).length;
}

test('clusters are named, locked, merged and split while a run trains, and pictures labeled on their map @long', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.drop(folders.partlyLabeled);
  await page.getByText('clip-nano 64/8', { exact: true }).click();
  // The critic would take a software GPU as long to prepare as all else; clusters condition the networks without it.
  const short = {
    Batch: 4,
    Length: 4,
    'Prompt epochs': 1,
    'Sample columns': 2,
    'Clusters in every class': 2,
    'Weight of the CLIP critic': 0,
  };
  await studio.setAdvanced({ ...smallNetworks, ...short });
  await studio.button('Start training').click();
  await studio.waitForIteration(1);
  expect(await cardNames(page)).toEqual(begun);

  await wish(page);
  await expectAccessible(page, '[data-testid=cluster-card]');
  await studio.button('Do it now').press('Enter');
  await expect.poll(() => cardNames(page), { timeout: 300_000 }).toEqual(wanted);
  await expect(page.getByText(/changes of clusters wait/)).toBeHidden();
  await expect(cardOf(page, 'face 2').getByRole('heading')).toContainText(/Grins.*locked/);
  await expect.poll(() => rowNames(page), { timeout: 300_000 }).toEqual(named(wanted));
  // Networks of the new clusters train, and draw for each of them.
  await studio.waitForIteration((await studio.iteration()) + 2);
  await expect(page.getByTestId('cluster-samples')).toHaveCount(wanted.length);

  const labeled = await labelOnMap(studio);
  expect(labeled).toBeGreaterThan(0);
  await page.keyboard.press('l');
  await expect(page.getByTestId('label-counts')).toContainText(
    `${18 + labeled} labeled · ${12 - labeled} without a label`,
  );
  await page.keyboard.press('b');

  // What was is shown as it was, and cannot be changed.
  await page.getByRole('slider', { name: 'Moment of the run' }).press('Home');
  await expect.poll(() => cardNames(page)).toEqual(begun);
  await expect.poll(() => rowNames(page)).toEqual(begun);
  await expect(page.getByText('Change', { exact: true })).toHaveCount(0);
  expect(studio.errors).toEqual([]);
});
