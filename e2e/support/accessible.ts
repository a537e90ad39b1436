/** What a machine can check of WCAG 2.2 AA: names, roles, contrast, order. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Colours that are on their way from one theme to another are no one's to read: transitions end first. */
async function transitionsEnd(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const finite = () =>
      document
        .getAnimations()
        .filter(({ effect }) => effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY);
    // What ends may begin others: a colour that is inherited changes when the one above it has.
    for (let running = finite(); running.length > 0; running = finite())
      await Promise.allSettled(running.map(({ finished }) => finished));
  });
}

/** @param part selector of what is new, where the rest of the page is looked at elsewhere */
export async function expectAccessible(page: Page, part = 'html'): Promise<void> {
  await transitionsEnd(page);
  // What is announced refers to the button that was pressed, which may have gone with its screen by the time it is
  // looked at; it is taken away within seconds.
  const { violations } = await new AxeBuilder({ page })
    // A selector is looked for only for what is wrong: for all that is right it takes as long as the checks.
    .options({ resultTypes: ['violations'], preload: false })
    .include(part)
    .exclude('[data-live-announcer]')
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual(
    [],
  );
}
