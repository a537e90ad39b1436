/**
 * What is left of runs: the list keeps, names, compares and deletes them, and begins new ones from them; the playground
 * draws from the run at hand, and from an export without any data. All with StyleGAN2-ADA, whose export PyTorch draws
 * from as well.
 */
import { expect, test, type Page } from '@playwright/test';
import { expectAccessible } from './support/accessible';
import { checkExport } from './support/checkExport';
import { makeFolders, type TestFolders } from './support/folders';
import { StudioPage } from './support/studio';
import { unzip } from './support/zip';

let folders: TestFolders;
test.beforeAll(() => {
  folders = makeFolders();
});
test.afterAll(() => folders.remove());

const tilesDrawn = (page: Page): Promise<string[]> =>
  page
    .getByTestId('drawn-tile')
    .evaluateAll((tiles) => tiles.map((tile) => (tile instanceof HTMLCanvasElement ? tile.toDataURL() : '')));

/** What was drawn last for a cluster; null before. */
async function samplesOf(page: Page, cluster: string): Promise<string | null> {
  const canvas = page.getByRole('img', { name: `Samples of ${cluster}`, exact: true });
  if ((await canvas.count()) === 0) return null;
  return canvas.evaluate((element) => (element instanceof HTMLCanvasElement ? element.toDataURL() : null));
}

/** Samples of the run: others for another seed, the same again for the same, each over its nearest real picture. */
async function playgroundOfRun(studio: StudioPage): Promise<void> {
  const { page } = studio;
  const next = page.getByRole('region', { name: /^The run was stopped/ });
  await next.getByRole('button', { name: 'Playground' }).click();
  await expect(page.getByTestId('drawn-tile')).toHaveCount(12);
  const before = await tilesDrawn(page);
  await studio.button('New samples').click();
  await expect(async () => expect(await tilesDrawn(page)).not.toEqual(before)).toPass();
  await page.getByText('Nearest real picture', { exact: true }).click();
  await expect(page.getByRole('img', { name: /^Real picture nearest to sample/ })).toHaveCount(12);
  await expectAccessible(page);
  await studio.button('Back').click();
}

/** What is drawn follows from what was chosen: the same again gives the same, anything else gives something else. */
async function choosesWhatIsDrawn({ page }: StudioPage): Promise<void> {
  const until = async (wanted: string[] | null, ...others: string[][]): Promise<string[]> => {
    await expect(async () => {
      const now = await tilesDrawn(page);
      if (wanted) expect(now).toEqual(wanted);
      for (const other of others) expect(now).not.toEqual(other);
    }).toPass();
    return tilesDrawn(page);
  };
  const [show, mix] = [page.getByLabel('Show', { exact: true }), page.getByLabel('Mixed with', { exact: true })];
  const [share, truncation] = [page.getByLabel('Share of the second'), page.getByLabel('Truncation')];
  const animal = await tilesDrawn(page);
  await expect(share).toBeHidden();
  await show.selectOption('face, cluster 2');
  const face = await until(null, animal);
  await show.selectOption('animal, all of it');
  await until(animal);
  await mix.selectOption('face, cluster 2');
  await expect(share).toHaveValue('0.5');
  await until(null, animal, face);
  await share.press('End');
  await until(face);
  await share.press('Home');
  await until(animal);

  await truncation.press('Home');
  const typical = await until(null, animal);
  await truncation.press('ArrowRight');
  await until(null, typical, animal);
  await truncation.press('Home');
  await until(typical);
  await truncation.press('End');
  await until(animal);
}

/** An export dropped where no pictures are open: it draws, and gives a labeled folder. */
async function playgroundOfExport(studio: StudioPage, zip: string): Promise<void> {
  const { page } = studio;
  await studio.drop(zip);
  await expect(page.getByText(/^Of checkpoint.safetensors: 3 classes/)).toBeVisible();
  await expect(page.getByTestId('drawn-tile')).toHaveCount(12);
  expect(new Set(await tilesDrawn(page)).size).toBeGreaterThan(1);
  await choosesWhatIsDrawn(studio);
  await page.getByText('Mix two samples', { exact: true }).click();
  await expect(page.getByRole('table', { name: 'Mixed samples' }).getByTestId('drawn-tile')).toHaveCount(24);
  expect(new Set(await tilesDrawn(page)).size).toBe(24);
  await page.getByRole('textbox', { name: 'Pictures a class' }).fill('2');
  const saving = page.waitForEvent('download');
  await studio.button('Save as a labeled folder').click();
  const files = [...(await unzip(await (await saving).path())).keys()];
  expect(files.map((name) => name.split('/')[1]).toSorted()).toEqual(
    ['0000.png', '0001.png'].flatMap((name) => [name, name, name]),
  );
  expect(new Set(files.map((name) => name.split('/')[0])).size).toBe(3);
}

/** A run on other pictures with the networks of the export: what both data sets call a face is drawn as it was. */
async function startsOnOtherPictures(studio: StudioPage, faces: string): Promise<void> {
  const { page } = studio;
  await studio.button('Start a run from these networks').click();
  await expect(page.getByText('The next run begins with the networks of checkpoint.safetensors.')).toBeVisible();
  await studio.drop(folders.otherPictures);
  await expect(page.getByTestId('reading')).toContainText('2 classes, 12 labeled');
  await expect(page.getByText('The next run begins with the networks of checkpoint.safetensors.')).toBeVisible();
  await studio.button('Start training').click();
  await expect.poll(() => samplesOf(page, 'face 1'), { timeout: 300_000 }).toBe(faces);
}

/** The list of runs: renamed, begun from, compared, deleted and had back; only the first run is left in the end. */
async function runsAreKept(studio: StudioPage): Promise<void> {
  const { page } = studio;
  await studio.button('Runs').click();
  const rows = page.getByTestId('kept-run');
  await expect(rows).toHaveCount(1);
  await rows.getByRole('button', { name: /^Rename/ }).click();
  await page.getByRole('textbox', { name: 'Name of the run' }).fill('First try');
  await studio.button('Save the name').click();
  await expect(rows).toContainText('First try');
  await studio.button('Start from its networks').click();
  await expect(page.getByText('The next run begins with the networks of First try.')).toBeVisible();
  await expect(studio.button('Start training')).toBeEnabled();
  await page.keyboard.press('s');
  // What CLIP sees in the pictures, and all that follows from it, has been found out by the run before.
  await expect(page.getByRole('region', { name: 'Log' })).toContainText(
    'These were found before, for the same pictures and settings, and are used again: labels, clusters, prompts.',
    { timeout: 300_000 },
  );
  await studio.waitForIteration(1);
  await studio.stop();
  await playgroundOfRun(studio);

  await studio.button('Runs').click();
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText('began with the networks of First try');
  for (const tick of await rows.getByRole('checkbox').all()) await tick.check();
  await expect(page.getByTestId('compared-grid')).toHaveCount(2);
  await expect(page.getByText('All settings are the same.')).toBeVisible();
  await expectAccessible(page);
  await rows
    .first()
    .getByRole('button', { name: /^Delete/ })
    .click();
  await expect(rows).toHaveCount(1);
  await page.getByRole('button', { name: /^Undo deleting/ }).click();
  await expect(rows).toHaveCount(2);
  await studio.button('Back').click();
  await studio.button('New run').click();
  await studio.button('Other data').click();
}

test('runs are kept, compared and begun from; the playground draws from a run, and from its export', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  page.on('dialog', (dialog) => void dialog.accept());
  await studio.open();
  await studio.drop(folders.partlyLabeled);
  await studio.chooseBase('StyleGAN2-ADA');
  const small = { 'Channel base': 256, 'Most channels': 8, Batch: 4, Length: 0.4 };
  await studio.setAdvanced({ ...small, 'Prompt epochs': 1, 'Sample columns': 2, 'Clusters in every class': 2 });
  // Else classes would count from 8% of the run on only, and be drawn alike till then.
  await page.getByText('Conditions from the start', { exact: true }).click();
  await studio.button('Start training').click();
  await studio.waitForIteration(2);
  await studio.stop();
  const faces = await samplesOf(page, 'face 1');
  const moment = page.getByRole('slider', { name: 'Moment of the run' });
  await moment.press('Home');
  await expect.poll(() => samplesOf(page, 'face 1')).not.toBe(faces);
  // Drawing what PyTorch is to compare with takes a software GPU a while.
  const exporting = page.waitForEvent('download', { timeout: 300_000 });
  await studio.button('Export').click();
  const zip = test.info().outputPath('export.zip');
  await (await exporting).saveAs(zip);
  checkExport(await unzip(zip));
  await studio.button('New run').click();
  await runsAreKept(studio);
  await playgroundOfExport(studio, zip);
  await startsOnOtherPictures(studio, faces ?? '');
  expect(studio.errors).toEqual([]);
});
