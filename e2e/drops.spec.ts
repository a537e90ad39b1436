/** Drops as people have them, from a real disk: a set of Hugging Face's, a zip from another system, a messy folder. */
import { expect, test, type Page } from '@playwright/test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshPicture, shiftJisZip, some, write, zipped } from '../src/headless/messyInputs.testing';
import { sheetFile } from '../src/data/sheets/sheet.testing';
import { StudioPage } from './support/studio';

const folder = mkdtempSync(join(tmpdir(), 'lcp-gan-drops-'));
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

const leftOut = (page: Page, path: string) => page.getByText(path, { exact: true });

test('what people have is read as they mean it, and what is left out is named', async ({ page }) => {
  const studio = new StudioPage(page);
  const reading = page.getByTestId('reading');
  await studio.open();

  const card = '---\ndataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names:\n';
  const rows = Array.from({ length: 8 }, (_, i) =>
    JSON.stringify({ file_name: `${i}.png`, label: i < 6 ? i % 2 : null }),
  );
  await studio.drop(
    write(join(folder, 'beans'), {
      'README.md': `${card}          '0': healthy\n          '1': rust\n---\n`,
      ...some('train', 8),
      'train/metadata.jsonl': rows.join('\n'),
      ...some('test', 4),
    }),
  );
  await expect(reading).toContainText('2 classes, 6 labeled, 6 unlabeled');
  await expect(page.getByText('healthy', { exact: true })).toBeVisible();
  await expect(page.getByText('12 pictures are ready')).toBeVisible();

  // Names in the encoding of another system; the drop takes the place of what is open.
  const zip = join(folder, 'from Japan.zip');
  writeFileSync(zip, shiftJisZip());
  await studio.dropAnywhere(zip);
  await expect(reading).toContainText('3 classes, 9 labeled, 0 unlabeled');
  await expect(page.getByText('猫', { exact: true })).toBeVisible();
  await expect(page.getByRole('combobox', { name: 'Names are in' })).toBeVisible();

  const twice = freshPicture();
  const messy = write(join(folder, 'New Folder (2)'), {
    'final/.DS_Store': 'Bud1',
    'final/Thumbs.db': 'x',
    'final/Cat/a.PNG': freshPicture(),
    'final/Cat/b.jpg_large': freshPicture(),
    'final/cat /c': freshPicture(),
    'final/Dog/copy of x.png': twice,
    'final/Dog/x.png': twice,
    'final/Dog/notes.docx': 'PK no picture',
    'final/Dog/poem.png': 'roses are red',
    'final/_unsorted/more.zip': await zipped(some('in', 3)),
    'final/_unsorted/secret.zip': await zipped(some('in', 1), 'password'),
    'final/empty/.keep': '',
    'final/unlabeled/z.png': freshPicture(),
  });
  await studio.dropAnywhere(messy);
  await expect(page.getByText('9 pictures are ready')).toBeVisible();
  await expect(reading).toContainText('2 classes, 5 labeled, 4 unlabeled');
  await expect(page.getByText(/1 picture is a copy of another/)).toBeVisible();
  for (const path of ['Dog/notes.docx', 'Dog/poem.png', 'Thumbs.db'])
    await expect(leftOut(page, `New Folder (2)/final/${path}`)).toBeAttached();
  await expect(page.getByText(/password/).first()).toBeAttached();
  expect(studio.errors).toEqual([]);
});

test('a sheet is cut as its atlas says; one without is offered, cut at one press, and whole again by another', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  const reading = page.getByTestId('reading');
  await studio.open();
  const frame = (x: number, y: number) => ({ frame: { x, y, w: 8, h: 8 } });
  const frames = { 'hen/1.png': frame(0, 0), 'hen/2.png': frame(8, 0), 'owl/1.png': frame(0, 8), none: frame(8, 8) };
  await studio.drop(
    write(join(folder, 'sprites'), {
      'birds.png': await sheetFile(2, 2, 8, { empty: [3] }),
      'birds.json': JSON.stringify({ frames, meta: { image: 'birds.png' } }),
    }),
  );
  await expect(reading).toContainText('2 classes, 3 labeled, 0 unlabeled, 1 file left out');
  await expect(page.getByText('“sprites/birds.png” is a sheet; it was cut into 3 pictures.')).toBeVisible();

  const plain = write(join(folder, 'tiles'), { 'tiles.png': await sheetFile(8, 6, 32, { empty: [47], gap: true }) });
  await studio.dropAnywhere(plain);
  await expect(page.getByText(/looks like a sheet of 48 small pictures, each 32 x 32 pixels/)).toBeVisible();
  await expect(page.getByText('1 picture is ready')).toBeVisible();
  await page.getByRole('button', { name: 'Cut into pictures' }).click();
  await expect(page.getByText('47 pictures are ready')).toBeVisible();
  await expect(page.getByText(/1 cell is empty or of one colour/)).toBeVisible();
  await page.getByRole('button', { name: 'Undo the cut' }).click();
  await expect(page.getByText('1 picture is ready')).toBeVisible();
  await page.getByLabel('Width of a picture').fill('64');
  await page.getByRole('button', { name: 'Cut into pictures' }).click();
  await expect(page.getByText('24 pictures are ready')).toBeVisible();

  const apart = write(join(folder, 'apart'), { 'apart.png': await sheetFile(8, 6, 32, { between: 2, around: 3 }) });
  await studio.dropAnywhere(apart);
  await expect(
    page.getByText(/48 small pictures, each 32 x 32 pixels, 2 between them and 3 at the edge/),
  ).toBeVisible();
  await expect(page.getByLabel('Between pictures')).toHaveValue('2');
  await page.getByRole('button', { name: 'Cut into pictures' }).click();
  await expect(page.getByText('48 pictures are ready')).toBeVisible();
  expect(studio.errors).toEqual([]);
});
