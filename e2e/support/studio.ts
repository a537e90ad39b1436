/** The steps of a user, by what the page calls them. */
import { expect, type Locator, type Page } from '@playwright/test';
import { createHash } from 'node:crypto';
import { dropPaths } from './drop';

/**
 * Networks that a software GPU trains in seconds an iteration, where the preset's take ten times as long: what journeys
 * are about is the way, not the networks.
 */
export const smallNetworks = { 'Generator width': 8, 'Discriminator width': 8 };

export class StudioPage {
  /** Errors that the page reported to the console or threw; a journey ends by expecting none. */
  readonly errors: string[] = [];

  constructor(readonly page: Page) {
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
  }

  async open(): Promise<void> {
    await this.page.goto('/');
    await expect(this.page.getByTestId('dropzone')).toBeVisible();
  }

  async drop(folder: string): Promise<void> {
    await dropPaths(this.page, this.page.getByTestId('dropzone'), [folder]);
  }

  /** Where pictures are open already, there is no place marked for a drop: the whole page is one. */
  async dropAnywhere(path: string): Promise<void> {
    await dropPaths(this.page, this.page.getByRole('banner'), [path]);
  }

  button(name: string) {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** @param title as the page calls the base model */
  async chooseBase(title: string): Promise<void> {
    const radio = this.page.getByRole('radio', { name: title, exact: true });
    // While pictures are read, the page may move under the pointer.
    await expect(async () => {
      await this.page.getByText(title, { exact: true }).click();
      await expect(radio).toBeChecked({ timeout: 1000 });
    }).toPass();
  }

  private setting(label: string): Locator {
    return this.page.getByRole('textbox', { name: label }).or(this.page.getByRole('spinbutton', { name: label }));
  }

  /** Opens the advanced settings and sets numeric fields by label. */
  async setAdvanced(fields: Record<string, number>): Promise<void> {
    await this.page.getByText('Advanced settings').click();
    for (const [label, value] of Object.entries(fields)) {
      const field = this.setting(label);
      await field.fill(String(value));
      await field.press('Enter');
    }
  }

  /**
   * Chooses no heads on maps inside CLIP, with the advanced settings open: on a software GPU they make iterations
   * longer, and the tests of the GPU have them.
   */
  async judgeWholeSamplesOnly(): Promise<void> {
    await this.page.getByRole('radiogroup', { name: 'Parts of samples are judged through' }).getByText('None').click();
  }

  /** The same without a pointer. */
  async judgeWholeSamplesOnlyByKeys(): Promise<void> {
    const group = this.page.getByRole('radiogroup', { name: 'Parts of samples are judged through' });
    await this.tabTo(group.getByRole('radio', { name: 'The CLIP that sees' }));
    await this.page.keyboard.press('ArrowRight');
    await this.page.keyboard.press('ArrowRight');
    await expect(group.getByRole('radio', { name: 'None' })).toBeChecked();
  }

  /** Sets numeric fields without a pointer. */
  async setAdvancedByKeys(fields: Record<string, number>): Promise<void> {
    await this.pressOn(this.page.getByText('Advanced settings'));
    for (const [label, value] of Object.entries(fields)) {
      await this.tabTo(this.setting(label));
      await this.page.keyboard.press('ControlOrMeta+a');
      await this.page.keyboard.type(String(value));
      await this.page.keyboard.press('Enter');
    }
  }

  /** Goes to a control by Tab alone, as one does who has no pointer: it has to be among what Tab reaches. */
  async tabTo(control: Locator): Promise<void> {
    await expect(control).toBeVisible();
    for (let presses = 0; presses < 400; presses += 1) {
      const there = await control.evaluate(
        (element) => element.closest('a, button, summary, input, textarea, select') === document.activeElement,
      );
      if (there) return;
      await this.page.keyboard.press('Tab');
    }
    throw new Error(`Tab does not reach ${String(control)}.`);
  }

  /** Presses a control without a pointer, once it can be pressed. */
  async pressOn(control: Locator): Promise<void> {
    await expect(control).toBeEnabled();
    await this.tabTo(control);
    await this.page.keyboard.press('Enter');
  }

  async iteration(): Promise<number> {
    return Number((await this.page.getByTestId('iteration').innerText()).replaceAll(',', ''));
  }

  async waitForIteration(least: number): Promise<void> {
    await expect(async () => expect(await this.iteration()).toBeGreaterThanOrEqual(least)).toPass({
      timeout: 600_000,
      intervals: [1000],
    });
  }

  /** Ends the run. What it reached is drawn and saved before, for which a software GPU takes its time. */
  async stop(): Promise<void> {
    await this.button('Stop').click();
    await expect(this.button('New run')).toBeEnabled({ timeout: 300_000 });
  }

  /** A digest of the sample grid's pixels. */
  async samples(): Promise<string> {
    const pixels = await this.page
      .getByTestId('sample-grid')
      .first()
      .evaluate((element) => {
        const canvas = element instanceof HTMLCanvasElement ? element : element.querySelector('canvas');
        if (!canvas) throw new Error('The sample grid has no canvas.');
        return canvas.toDataURL();
      });
    return createHash('sha256').update(pixels).digest('hex');
  }

  /** What the cluster cards say, as one text. */
  async clusters(): Promise<string> {
    return (await this.page.getByTestId('cluster-card').allTextContents()).join('\n');
  }
}
