/**
 * What a translator made of the catalogue: an object from each message to its translation, in a file that is named
 * after its language, `de.json` or `pt-BR.json`. What is missing or empty stays English.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { pseudo } from './pseudo.mjs';

/** Fields of such a list that a person reads. */
export const readKeys = new Set(['note', 'more']);

const filledIn = (message) => [...new Set(message.match(/\{\d+(?=[},])/g))].toSorted().join(' ');

/** What TEXTS asks for; null where it asks for nothing. */
export function askedTexts({ TEXTS: asked } = process.env) {
  if (!asked) return null;
  return asked === 'pseudo' ? { language: 'en', translate: pseudo } : translationOf(asked);
}

/** A list of models (models/manifest.json, models/evaluation.json) with what a person reads of it translated. */
export function translatedList(contents, translate) {
  const said = (key, value) => (readKeys.has(key) && value ? translate(value) : value);
  return JSON.stringify(JSON.parse(contents, said));
}

/**
 * @returns {{ language: string, translate: (message: string) => string }}
 * @throws where a translation is no text, or leaves out what is filled in
 */
export function translationOf(path, contents = readFileSync(path, 'utf8')) {
  const given = JSON.parse(contents);
  const wrong = Object.entries(given).filter(
    ([message, translation]) =>
      typeof translation !== 'string' || (translation !== '' && filledIn(message) !== filledIn(translation)),
  );
  if (wrong.length > 0)
    throw new Error(
      `${path}: each translation is a text that has what its message fills in, {0}, {1} …; not so ${wrong.length} of them, first that of "${wrong[0][0]}".`,
    );
  const [language = ''] = basename(path).split('.');
  return {
    language: /^[a-z]{2,3}(-\w+)*$/i.test(language) ? language : 'en',
    translate: (message) => (Object.hasOwn(given, message) && given[message]) || message,
  };
}
