/**
 * Every screen of the studio, as the scripted session of src/app/demo shows it: for accessibility checks and for the
 * pictures in docs/screens. Screens of one scene follow from each other, so that each page is loaded once.
 */
import { expect, type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';

export interface Screen {
  name: string;
  /** Brings the screen about; what it waits for is there afterwards. */
  arrive: (page: Page) => Promise<void>;
  /** Leaves what lies over the page. */
  leave?: (page: Page) => Promise<void>;
}

export interface Scene {
  /** Query of e2e/demo.html. */
  query: string;
  screens: readonly Screen[];
}

const patience = { timeout: 180_000 };
const escape = (page: Page): Promise<void> => page.keyboard.press('Escape');

/** What a button saves. */
async function downloaded(page: Page, button: string): Promise<Buffer> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  return readFileSync(await (await download).path());
}

const welcome: Scene = {
  query: 'scene=welcome',
  screens: [
    { name: 'welcome', arrive: (page) => expect(page.getByTestId('dropzone')).toBeVisible(patience) },
    {
      name: 'palette',
      arrive: async (page) => {
        await page.keyboard.press('Control+k');
        await expect(page.getByRole('combobox', { name: 'Find a command' })).toBeFocused();
      },
      leave: escape,
    },
    {
      name: 'keys',
      arrive: async (page) => {
        await page.keyboard.press('?');
        await expect(page.getByRole('heading', { name: 'Commands and keys' })).toBeVisible();
      },
      leave: escape,
    },
  ],
};

const review: Scene = {
  query: 'scene=review',
  screens: [
    {
      name: 'review',
      arrive: (page) => expect(page.getByRole('button', { name: 'Start training' })).toBeEnabled(patience),
    },
    {
      name: 'menu',
      arrive: async (page) => {
        await page.getByRole('button', { name: 'Menu' }).click();
        await expect(page.getByRole('menuitem', { name: 'Other data' })).toBeVisible();
      },
      leave: escape,
    },
  ],
};

const training: Scene = {
  query: 'scene=train&preset&speed=25&hold=150',
  screens: [
    {
      name: 'training',
      arrive: async (page) => {
        await expect(page.getByRole('heading', { name: 'Paused' })).toBeVisible(patience);
        await expect(page.getByTestId('sample-grid')).toBeVisible();
      },
    },
    {
      name: 'sample',
      arrive: async (page) => {
        await page.getByRole('button', { name: 'Look at the samples one by one' }).click();
        await expect(page.getByTestId('lightbox')).toBeVisible();
        await page.keyboard.press('ArrowRight');
        await expect(page.getByRole('heading', { name: /seed 2$/ })).toBeVisible();
        await page.getByRole('button', { name: 'Pin' }).click();
      },
      leave: async (page) => {
        await escape(page);
        await expect(page.getByRole('region', { name: 'Pinned samples' }).getByRole('img')).toHaveCount(1);
      },
    },
    {
      name: 'clusters',
      arrive: async (page) => {
        await page.getByText('Map of your pictures').click();
        await expect(page.getByText(/^Neighbours are kept/)).toBeVisible(patience);
        const card = page.getByTestId('cluster-card').first();
        await expect(card.getByTestId('cluster-samples')).toBeVisible();
        // The map's lower half and the cards, below the header that stays.
        await card.evaluate((element) => window.scrollBy(0, element.getBoundingClientRect().top - 440));
        await expect(card.getByRole('img', { name: /^Real picture 1 / })).toBeVisible();
      },
      leave: async (page) => {
        await page.getByText('Map of your pictures').click();
        await page.evaluate(() => window.scrollTo(0, 0));
      },
    },
    {
      name: 'compare',
      arrive: async (page) => {
        await page.getByRole('button', { name: 'Compare' }).click();
        await page.getByRole('slider', { name: 'Moment of the run' }).press('Home');
        await expect(page.getByTestId('compared-B')).toHaveAttribute('data-iteration', '25');
        await expect(page.getByTestId('compared-A')).toHaveAttribute('data-iteration', '150');
        await expect(page.getByTestId('sample-grid')).toHaveAttribute('data-iteration', '25');
        await page.getByText('Their numbers').click();
        await page.getByText('As a table').first().click();
      },
      leave: async (page) => {
        const film = await downloaded(page, 'Save as a film');
        // An MP4 where the browser has an encoder for it, else an animated WebP.
        expect(film.toString('latin1', 0, 16)).toMatch(/ftyp|RIFF.{4}WEBP/s);
        expect(film.byteLength).toBeGreaterThan(20_000);
      },
    },
  ],
};

const rooms: Scene = {
  query: 'scene=review',
  screens: [
    {
      name: 'labels',
      arrive: async (page) => {
        await page.getByRole('button', { name: 'Label pictures' }).click(patience);
        await expect(page.getByTestId('label-grid')).toBeVisible(patience);
        await page.keyboard.press('n');
        await expect(page.getByRole('button', { name: 'Guess again' })).toBeVisible(patience);
        await page.keyboard.press('1');
        await page.keyboard.press('x');
      },
    },
    {
      name: 'label-all-like-this',
      arrive: async (page) => {
        await page.getByTestId('label-grid').press('l');
        await expect(page.getByRole('dialog', { name: 'Label all like this' })).toBeVisible(patience);
      },
      leave: async (page) => {
        await escape(page);
        await expect(page.getByRole('dialog')).toBeHidden();
      },
    },
    {
      name: 'checks',
      arrive: async (page) => {
        await page.getByRole('button', { name: 'Check the data' }).click();
        await expect(page.getByText('Same picture, different labels')).toBeVisible(patience);
      },
    },
  ],
};

const playground: Scene = {
  query: 'scene=playground',
  screens: [
    {
      name: 'playground',
      arrive: async (page) => {
        await page.getByRole('button', { name: 'Find directions' }).click(patience);
        await expect(page.getByRole('slider', { name: 'Direction 6' })).toBeVisible();
        await expect(page.getByTestId('drawn-tile')).toHaveCount(12);
      },
      leave: async (page) => {
        const film = await downloaded(page, 'Record a walk');
        expect(film.toString('latin1', 0, 16)).toMatch(/ftyp|RIFF.{4}WEBP/s);
        await page.getByText('WebP', { exact: true }).click();
        const animation = await downloaded(page, 'Record a walk');
        expect(animation.toString('latin1', 0, 16)).toMatch(/^RIFF.{4}WEBPVP8X/s);
        // A chunk a frame: two samples by two that change from frame to frame.
        expect(animation.toString('latin1').split('ANMF')).toHaveLength(1 + 96);
      },
    },
  ],
};

const runs: Scene = {
  query: 'scene=runs',
  screens: [
    {
      name: 'runs',
      arrive: async (page) => {
        await expect(page.getByTestId('kept-run').first()).toBeVisible(patience);
        await expect(page.getByTestId('compared-grid')).toHaveCount(2);
      },
    },
  ],
};

const others: Scene[] = [
  {
    query: 'scene=train&speed=25&fail=20',
    screens: [{ name: 'failed', arrive: (page) => expect(page.getByTestId('problem')).toBeVisible(patience) }],
  },
  {
    query: 'scene=missing',
    screens: [
      {
        name: 'no-gpu',
        arrive: (page) => expect(page.getByRole('button', { name: 'Check again' })).toBeVisible(patience),
      },
    ],
  },
];

export const scenes: readonly Scene[] = [welcome, review, rooms, training, playground, runs, ...others];
