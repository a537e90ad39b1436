/**
 * Every screen in both themes, and on a phone: nothing that a machine finds against WCAG 2.2 AA, nothing wider than the
 * screen, no error. With SCREENS=FOLDER each is also kept as a picture (`npm run screens`).
 */
import { expect, test, type Page } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expectAccessible } from './support/accessible';
import { demoSite, type DemoSite } from './support/demoSite';
import { cutOff, untranslated } from './support/pseudoLocale';
import { expectToReflow, widthBeyond } from './support/reflow';
import { scenes } from './support/scenes';

const folder = process.env.SCREENS;
const width = 960;
let demo: DemoSite;
test.beforeAll(async () => {
  demo = await demoSite();
});
test.afterAll(() => demo.close());

async function keep(page: Page, name: string): Promise<void> {
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const picture = sharp(await page.screenshot());
  await picture
    .resize({ width, withoutEnlargement: true })
    .webp({ quality: 80 })
    .toFile(join(folder, `${name}.webp`));
}

for (const { query, screens } of scenes) {
  test(screens.map(({ name }) => name).join(', '), async ({ page }) => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await page.goto(demo.url + query);
    // The scrollbar is hidden here, as it is on phones, and takes no room.
    await page.addStyleTag({ content: ':root { scrollbar-gutter: auto; }' });
    for (const { name, arrive, leave } of screens) {
      await arrive(page);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
        expect(await transitionsOf(page)).toBe(0);
        await expectAccessible(page);
        await keep(page, `${name}-${colorScheme}`);
      }
      await leave?.(page);
    }
    await expectToFitAPhone(page);
    await keep(page, `${screens.at(-1)?.name ?? ''}-phone`);
    expect(errors).toEqual([]);
  });
}

/** Where motion is not wanted nothing is on its way from one colour to another: a change of theme is whole at once. */
const transitionsOf = (page: Page): Promise<number> =>
  page.evaluate(() => document.getAnimations().filter((each) => each instanceof CSSTransition).length);

/** Nothing wider than a phone, all buttons at hand there, and nothing that moves by itself where that is not wanted. */
async function expectToFitAPhone(page: Page): Promise<void> {
  await expectToReflow(page);
  const moving = await page.evaluate(
    () => document.getAnimations().filter(({ effect }) => Number(effect?.getComputedTiming().duration) > 100).length,
  );
  expect(moving).toBe(0);
}

/** Scenes in the pseudo-locale: the main screens, and something on each that says it is there. */
const foreign: readonly [query: string, there: string][] = [
  ['scene=welcome', '[data-testid=dropzone]'],
  ['scene=review', '[data-testid=reading]'],
  ['scene=train&preset&speed=25&hold=50', '[data-testid=sample-grid]'],
  ['scene=playground', '[data-testid=drawn-tile]'],
  ['scene=runs', '[data-testid=compared-grid]'],
  ['scene=missing', 'h1'],
];

test('in another language: nothing is left in English, nothing has too little room', async ({ page }) => {
  const pseudo = await demoSite('pseudo');
  try {
    for (const [query, there] of foreign) {
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.goto(pseudo.url + query);
      await expect(page.locator(there).first()).toBeVisible({ timeout: 180_000 });
      for (const wide of [1280, 360]) {
        await page.setViewportSize({ width: wide, height: 740 });
        await expect.poll(() => widthBeyond(page), { message: `${query}: beyond ${wide} px` }).toBe(0);
        expect.soft(await untranslated(page), `${query}, ${wide} px: in English`).toEqual([]);
        expect.soft(await cutOff(page), `${query}, ${wide} px: cut off`).toEqual([]);
      }
    }
  } finally {
    await pseudo.close();
  }
});
