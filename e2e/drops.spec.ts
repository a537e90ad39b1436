/** Drops as people have them, from a real disk: a set of Hugging Face's, a zip from another system, a messy folder. */
import { expect, test, type Page } from '@playwright/test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshPicture, shiftJisZip, some, write, zipped } from '../src/headless/messyInputs.testing';
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
