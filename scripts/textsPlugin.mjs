/**
 * Vite plugin: the site with its texts in another language, where TEXTS asks for one. TEXTS=pseudo: English with
 * accents, longer, in brackets, which shows what is left out of the catalogue and what has no room. TEXTS=FILE.json:
 * what a translator made of src/app/texts.json (scripts/texts/translation.mjs). Without TEXTS nothing is touched.
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasTexts, htmlTexts } from './texts/catalogue.mjs';
import { withTexts } from './texts/messages.mjs';
import { askedTexts } from './texts/translation.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** @returns {import('vite').Plugin} */
export function textsPlugin() {
  const texts = askedTexts();
  if (!texts) return { name: 'texts' };
  const { language, translate } = texts;
  return {
    name: 'texts',
    enforce: 'pre',
    transform(code, id) {
      const path = relative(root, id.split('?')[0] ?? '').replaceAll('\\', '/');
      return hasTexts(path) ? { code: withTexts(path, code, translate), map: null } : null;
    },
    transformIndexHtml: (html) =>
      htmlTexts(html).reduce(
        (page, message) => page.replaceAll(message, () => escaped(translate(message))),
        html.replace('lang="en"', `lang="${language}"`),
      ),
  };
}
