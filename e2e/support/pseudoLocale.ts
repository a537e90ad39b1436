/** What a page in the pseudo-locale (scripts/texts/pseudo.mjs) has to show: nothing untranslated, nothing cut off. */
import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';

/** The models' own lists are data, and so is what is said in them. */
const ofModels = ['manifest', 'evaluation']
  .flatMap((list) => {
    const { entries } = JSON.parse(readFileSync(`models/${list}.json`, 'utf8')) as {
      entries: { name: string; licence: string; note: string; trainedOn?: string }[];
    };
    return entries
      .flatMap(({ name, licence, note, trainedOn = '' }) => [note, name, licence, trainedOn])
      .filter(Boolean);
  })
  .toSorted((a, b) => b.length - a.length);
/** Names of classes, clusters and files in the demonstration, words of CLIP's vocabulary, makes, units, codes, dates. */
const names =
  'animals? cat dog unlabeled clothing face food person vehicle half-a-picture jpg checkpoint safetensors tiny ' +
  'tall pointed furry red wings leather smiling shiny yellow round striped seed batch webgpu-missing ' +
  'NVIDIA BigGAN StyleGAN2-ADA LCP-GAN CLIP GPU WebP kimg subgroups ' +
  'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec alt\\+T';

/**
 * Words in plain letters on the page, visible or as a name for assistive technology: texts that the catalogue lacks.
 * What belongs to the pictures, runs and models shown is none.
 */
export function untranslated(page: Page): Promise<string[]> {
  return page.evaluate(
    ({ models, words }) => {
      const known = new RegExp(`(?<![A-Za-z])(${words.replaceAll(' ', '|')})(?![A-Za-z])`, 'g');
      const rest = (text: string) => models.reduce((left, each) => left.replaceAll(each, ''), text).replace(known, '');
      const said: string[] = [];
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let node = texts.nextNode(); node; node = texts.nextNode()) {
        const parent = node.parentElement;
        if (!parent?.checkVisibility() || parent.closest('script, style, code, kbd, [data-sonner-toaster]')) continue;
        said.push(node.textContent ?? '');
      }
      for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
        if (!element.checkVisibility()) continue;
        for (const name of ['aria-label', 'title', 'placeholder', 'alt']) said.push(element.getAttribute(name) ?? '');
      }
      return [...new Set(said.filter((text) => /[A-Za-z]{3,}/.test(rest(text))))];
    },
    { models: ofModels, words: names },
  );
}

/** Texts that reach beyond the screen, or beyond a button or a box that hides the rest without saying it elsewhere. */
export function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const cut: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>('body *')) {
      const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
      if (!own || !element.checkVisibility() || element.closest('.sr-only, svg, [aria-hidden=true]')) continue;
      const { right, left, width: wide } = element.getBoundingClientRect();
      const scrolls = (box: Element | null): boolean =>
        box !== null && (/auto|scroll/.test(getComputedStyle(box).overflowX) || scrolls(box.parentElement));
      const beyond = wide > 1 && (right > width + 1 || left < -1) && !scrolls(element.parentElement);
      const hides = /hidden|clip/.test(getComputedStyle(element).overflowX) && !element.closest('[title]');
      const hidden = hides && wide > 1 && element.scrollWidth > element.clientWidth + 1;
      const button = element.closest('button');
      const spills = button !== null && right > button.getBoundingClientRect().right + 1;
      if (beyond || hidden || spills) cut.push(`${element.textContent} (${element.className})`);
    }
    return cut;
  });
}
