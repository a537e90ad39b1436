/**
 * The catalogue of all that the page says, src/app/texts.json: each message once, with the files that say it.
 * `node scripts/texts.mjs` writes it; a test holds it to the sources.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { textsOf } from './messages.mjs';
import { readKeys } from './translation.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
export const cataloguePath = join(root, 'src/app/texts.json');

/** Folders whose code runs in the page and in its workers, and speaks. */
const speaks =
  /^src\/(app|clip|data|features|formats|gpu\/(device|selfTest)|lcp|metrics|persist|session|shared|state|ui)\//;
const silent = /\.test\.tsx?$|\.testing\.ts$|\/(testing|golden|fuzz)\/|testing\.ts$|_pb\.ts$|\.d\.ts$/;

/** Whether texts of this file are swapped; `path` is relative to the project. */
export function hasTexts(path) {
  return /\.tsx?$/.test(path) && speaks.test(path) && !silent.test(path);
}

/** What the page itself says before any script runs: its description, and what stands where there are no scripts. */
export function htmlTexts(html) {
  const found = [/name="description"\s+content="([^"]+)"/, /<noscript>([^<]+)<\/noscript>/].map((each) =>
    each.exec(html),
  );
  return found.flatMap((match) => (match?.[1] ? [match[1]] : []));
}

/**
 * Each message with the files that say it, both in alphabetical order. The demonstration's inventions stay out.
 * @returns {Record<string, string[]>}
 */
export function catalogue() {
  const files = readdirSync(join(root, 'src'), { recursive: true })
    .map((path) => `src/${String(path).replaceAll('\\', '/')}`)
    .filter((path) => hasTexts(path) && !path.startsWith('src/app/demo/'))
    .toSorted();
  const found = new Map();
  for (const file of files) {
    for (const { message } of textsOf(file, readFileSync(join(root, file), 'utf8'))) {
      const text = message.trim();
      found.set(text, (found.get(text) ?? new Set()).add(file));
    }
  }
  for (const list of ['models/manifest.json', 'models/evaluation.json'])
    JSON.parse(readFileSync(join(root, list), 'utf8'), (key, value) => {
      if (readKeys.has(key) && value) found.set(value, (found.get(value) ?? new Set()).add(list));
      return value;
    });
  for (const message of htmlTexts(readFileSync(join(root, 'index.html'), 'utf8')))
    found.set(message, (found.get(message) ?? new Set()).add('index.html'));
  const order = [...found.keys()].toSorted();
  return Object.fromEntries(order.map((text) => [text, [...found.get(text)]]));
}

/** The catalogue as it is written. */
export function catalogueText() {
  return `${JSON.stringify(catalogue(), null, 2)}\n`;
}
