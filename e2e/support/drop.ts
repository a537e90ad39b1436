/**
 * Drops real files and directories on the page, as a hand does: the browser protocol's drag events take paths on disk,
 * and the page receives a DataTransfer with real directory entries (synthetic events cannot carry them).
 */
import type { Locator, Page } from '@playwright/test';

export async function dropPaths(page: Page, target: Locator, paths: string[]): Promise<void> {
  const box = await target.boundingBox();
  if (box === null) throw new Error('The drop target is not visible.');
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  const x = box.x + box.width / 2;
  const y = box.y + box.height / 2;
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x, y, data });
  }
  await session.detach();
}
