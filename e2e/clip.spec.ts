/**
 * The CLIP of a run: what the picker says about it, files dropped for it, what is kept on the machine and how it is
 * deleted, and pausing while pictures are looked at.
 */
import { expect, test } from '@playwright/test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dropPaths } from './support/drop';
import { makeFolders, type TestFolders } from './support/folders';
import { StudioPage } from './support/studio';

let folders: TestFolders;
test.beforeAll(() => {
  folders = makeFolders();
});
test.afterAll(() => folders.remove());

test('the stand-in says what it is and offers the real one, with licence and size', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.drop(folders.partlyLabeled);
  const standIn = page.getByText(/is a small stand-in for a real CLIP\./);
  const two = page.getByText(/clip-lit 96 looks at your pictures; clip-nano 64\/8 judges whole samples/);
  await expect(two).toBeHidden();
  await page.getByText('More about clip-lit 96').click();
  await expect(two).toBeVisible();
  await expect(standIn).toBeHidden();
  await page.getByText('clip-nano 64/8', { exact: true }).click();
  await expect(standIn).toContainText('clip-nano 64/8 is a small stand-in for a real CLIP.');
  await expect(page.getByText('608 MB download')).toBeVisible();
  await page.getByText('More about OpenAI CLIP ViT-B/32', { exact: true }).click();
  await expect(page.getByText(/captioned pictures from the web\. Licence: MIT\./)).toBeVisible();
  await page.getByRole('button', { name: /Use OpenAI CLIP ViT-B\/32/ }).click();
  await expect(page.getByRole('radio', { name: /OpenAI CLIP ViT-B\/32 608/ })).toBeChecked();
  await page.context().setOffline(true);
  await expect(page.getByText('You are offline.')).toBeVisible();
  await expect(page.getByText(/not on this machine yet/)).toBeVisible();
});

test('a dropped CLIP that is something else is named for what it is', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.drop(folders.partlyLabeled);
  const file = join(folders.root, 'model.onnx');
  writeFileSync(file, '<!doctype html><title>404</title>');
  await dropPaths(page, page.getByRole('banner'), [file]);
  await expect(page.getByRole('radio', { name: /Your own files/ })).toBeChecked();
  await expect(studio.button('Start training')).toBeEnabled({ timeout: 60_000 });
  await studio.button('Start training').click();
  await expect(page.getByText('model.onnx is not an ONNX model.').first()).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(/web page, perhaps a server’s error message/).first()).toBeVisible();
});

test('pause while pictures are looked at, go on, and find the features and the CLIP kept afterwards', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.drop(folders.partlyLabeled);
  await page.getByText('clip-nano 64/8', { exact: true }).click();
  await studio.setAdvanced({ Batch: 4, Length: 0.2, 'Prompt epochs': 1, 'Sample columns': 2 });
  await studio.button('Start training').click();
  // Asked for before the pictures' turn has come: the run rests at the first gate, in a phase before training.
  await studio.button('Pause').click();
  await expect(page.getByRole('heading', { name: 'Paused' })).toBeVisible({ timeout: 120_000 });
  await expect(page.getByTestId('phase')).toHaveText(/Load CLIP|Read features/);
  await expect(studio.button('Resume')).toBeEnabled();
  await studio.button('Resume').click();
  await expect(page.getByText(/clip-nano 64\/8 is a small stand-in/).first()).toBeVisible();
  await expect(page.getByTestId('phase')).toHaveText(/Infer labels|Find clusters|Learn prompts|Prepare GPU|Train/, {
    timeout: 120_000,
  });
  await studio.button('Stop').click();
  await studio.button('New run').click();

  await page.getByText('Kept on this machine').first().click();
  const kept = page.getByRole('list', { name: 'Kept on this machine' });
  await expect(kept).toContainText('clip-nano 64/8');
  await expect(kept).toContainText('Features of clip-nano 64/8');
  await kept.getByRole('button', { name: 'Delete Features of clip-nano 64/8' }).click();
  await kept.getByRole('button', { name: 'Delete for good' }).click();
  await expect(kept).not.toContainText('Features of');
  await expect(page.getByText(/The studio uses .* of .* that the browser allows it/)).toBeVisible();
  expect(studio.errors).toEqual([]);
});
