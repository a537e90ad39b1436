/**
 * Whoever asked for it is told the end of a run by a notification of the system, once; where pages may send none, as on
 * phones, the service worker sends it. On a scripted session: that of a run that trains is told in the same way.
 */
import { expect, test, type Page } from '@playwright/test';
import { demoSite, type DemoSite } from './support/demoSite';

let demo: DemoSite;
test.beforeAll(async () => {
  demo = await demoSite();
});
test.afterAll(() => demo.close());

interface Sent {
  by: 'page' | 'worker';
  title: string;
  body: string | undefined;
}

/** Stands in for the system. @param phone pages may not send notifications themselves */
async function listen(page: Page, phone: boolean): Promise<() => Promise<Sent[]>> {
  const sent: Sent[] = [];
  await page.exposeFunction('sentNotification', (each: Sent) => void sent.push(each));
  await page.addInitScript((isPhone) => {
    const tell = (by: Sent['by'], title: string, body?: string) =>
      void (window as unknown as { sentNotification: (each: Sent) => void }).sentNotification({ by, title, body });
    class Fake extends EventTarget {
      static permission = 'default';
      static async requestPermission() {
        return 'granted';
      }
      constructor(title: string, options: NotificationOptions) {
        super();
        if (isPhone) throw new TypeError('Illegal constructor. Use ServiceWorkerRegistration.showNotification().');
        tell('page', title, options.body);
      }
    }
    Object.assign(window, { Notification: Fake });
    const showNotification = async (title: string, { body }: NotificationOptions = {}) => tell('worker', title, body);
    navigator.serviceWorker.getRegistration = async () =>
      ({ showNotification }) as unknown as ServiceWorkerRegistration;
  }, phone);
  return async () => sent;
}

for (const phone of [false, true]) {
  test(`the end of a run is told ${phone ? 'on a phone' : 'by the page'}, and only where it was asked for`, async ({
    page,
  }) => {
    const sent = await listen(page, phone);
    for (const wanted of [false, true]) {
      // It holds still until it is told to go on.
      await page.goto(`${demo.url}scene=train&preset&speed=100&hold=100`);
      await expect(page.getByRole('heading', { name: 'Paused' })).toBeVisible({ timeout: 180_000 });
      const button = page.getByRole('button', { name: 'Tell me when it is done' });
      if (wanted) await button.press('Enter');
      if (wanted) await expect(page.getByText('You will be told when training has ended.').first()).toBeVisible();
      await page.getByRole('button', { name: 'Resume' }).click();
      await expect(page.getByRole('region', { name: /^The run is complete/ })).toBeVisible();
      await expect(page).toHaveTitle('Finished · LCP-GAN Studio');
      const note = { title: 'Training has finished', body: 'Your samples and the export are ready.' };
      await expect.poll(sent).toEqual(wanted ? [{ by: phone ? 'worker' : 'page', ...note }] : []);
    }
  });
}
