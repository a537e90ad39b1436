/**
 * Every screen of the studio, as the scripted session of src/app/demo shows it: for accessibility checks and for the
 * pictures in docs/screens.
 */
import { expect, type Page } from '@playwright/test';

export interface Scene {
  name: string;
  /** Query of e2e/demo.html. */
  query: string;
  /** Brings the screen about; what it waits for is there afterwards. */
  arrive: (page: Page) => Promise<void>;
}

const paused = async (page: Page): Promise<void> => {
  await expect(page.getByRole('heading', { name: 'Paused' })).toBeVisible({ timeout: 120_000 });
  await expect(page.getByTestId('sample-grid')).toBeVisible();
};
const run = 'scene=train&preset&speed=25&hold=150';

export const scenes: readonly Scene[] = [
  {
    name: 'welcome',
    query: 'scene=welcome',
    arrive: (page) => expect(page.getByTestId('dropzone')).toBeVisible({ timeout: 120_000 }),
  },
  {
    name: 'review',
    query: 'scene=review',
    arrive: (page) => expect(page.getByRole('button', { name: 'Start training' })).toBeEnabled({ timeout: 120_000 }),
  },
  { name: 'training', query: run, arrive: paused },
  {
    name: 'sample',
    query: run,
    arrive: async (page) => {
      await paused(page);
      await page.getByRole('button', { name: 'Look at the samples one by one' }).click();
      await expect(page.getByTestId('lightbox')).toBeVisible();
    },
  },
  {
    name: 'compare',
    query: run,
    arrive: async (page) => {
      await paused(page);
      await page.getByRole('button', { name: 'Compare' }).click();
      await page.getByRole('slider', { name: 'Moment of the run' }).press('Home');
      await expect(page.getByTestId('compared-B')).toBeVisible();
      await page.getByText('Their numbers').click();
      await page.getByText('As a table').first().click();
    },
  },
  {
    name: 'palette',
    query: 'scene=welcome',
    arrive: async (page) => {
      await expect(page.getByTestId('dropzone')).toBeVisible({ timeout: 120_000 });
      await page.keyboard.press('Control+k');
      await expect(page.getByRole('combobox', { name: 'Find a command' })).toBeFocused();
    },
  },
  {
    name: 'keys',
    query: 'scene=welcome',
    arrive: async (page) => {
      await expect(page.getByTestId('dropzone')).toBeVisible({ timeout: 120_000 });
      await page.keyboard.press('?');
      await expect(page.getByRole('heading', { name: 'Commands and keys' })).toBeVisible();
    },
  },
  {
    name: 'menu',
    query: 'scene=review',
    arrive: async (page) => {
      await page.getByRole('button', { name: 'Menu' }).click();
      await expect(page.getByRole('menuitem', { name: 'Other data' })).toBeVisible();
    },
  },
  {
    name: 'failed',
    query: 'scene=train&speed=25&fail=20',
    arrive: (page) => expect(page.getByTestId('problem')).toBeVisible({ timeout: 120_000 }),
  },
  {
    name: 'no-gpu',
    query: 'scene=missing',
    arrive: (page) => expect(page.getByRole('button', { name: 'Check again' })).toBeVisible({ timeout: 120_000 }),
  },
];
