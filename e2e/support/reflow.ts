/** What a small screen, or a window at twice its size, must still give: nothing to scroll sideways, every button there. */
import { expect, type Page } from '@playwright/test';

/** The narrowest that WCAG 2.2 asks for, a phone, and a window of 1280 x 900 whose contents are shown at 200%. */
const windows = [
  { width: 320, height: 568 },
  { width: 360, height: 740 },
  { width: 640, height: 450 },
] as const;

/** Buttons of the page's header and the run's that can be pressed and that a pointer cannot reach: outside of the window, without a size, or below something. */
const unreachable = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    // What was scrolled away is reached by scrolling back.
    window.scrollTo(0, 0);
    const own = 'header:not(main header) button:enabled, [data-testid=run-header] button:enabled';
    return [...document.querySelectorAll<HTMLElement>(own)].flatMap((button) => {
      const { left, right, top, bottom } = button.getBoundingClientRect();
      const inside = left >= 0 && right <= window.innerWidth && top >= 0 && right - left >= 24 && bottom - top >= 24;
      const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      return inside && there && button.contains(there) ? [] : [button.ariaLabel ?? button.innerText];
    });
  });

/** CSS pixels by which something on the page reaches beyond it. A scrollbar's gutter belongs to the window, not to the page. */
export const widthBeyond = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.offsetWidth);

/** Ends at the size of a phone. */
export async function expectToReflow(page: Page): Promise<void> {
  for (const size of [...windows, windows[1]]) {
    await page.setViewportSize(size);
    // Charts and grids follow the width a frame later.
    await expect.poll(() => widthBeyond(page), { message: `beyond ${size.width} px` }).toBe(0);
    await expect(page.getByRole('banner').getByRole('button')).not.toHaveCount(0);
    expect.soft(await unreachable(page), `${size.width} x ${size.height}`).toEqual([]);
  }
}
