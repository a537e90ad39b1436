/**
 * Vite plugin: the site with its texts in another language, where TEXTS asks for one. TEXTS=pseudo: English with
 * accents, longer, in brackets, which shows what is left out of the catalogue and what has no room. TEXTS=FILE.json:
 * what a translator made of src/app/texts.json, an object from each message to its translation; what it lacks stays
 * English. Without TEXTS nothing is touched.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasTexts } from './texts/catalogue.mjs';
import { withTexts } from './texts/messages.mjs';
import { pseudo } from './texts/pseudo.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));

/** @returns {import('vite').Plugin} */
export function textsPlugin() {
  const { TEXTS: asked } = process.env;
  const given = asked && asked !== 'pseudo' ? JSON.parse(readFileSync(asked, 'utf8')) : {};
  const translate = asked === 'pseudo' ? pseudo : (message) => given[message] ?? message;
  return {
    name: 'texts',
    enforce: 'pre',
    transform(code, id) {
      if (!asked) return null;
      const path = relative(root, id.split('?')[0] ?? '').replaceAll('\\', '/');
      return hasTexts(path) ? { code: withTexts(path, code, translate), map: null } : null;
    },
  };
}
