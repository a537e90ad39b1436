/**
 * Vite plugin: the list of CLIP models and the embedded one (models/) under `models/` of the site, in development and
 * in the build, and the list of evaluation networks, with those that `npm run evaluation-network` has made on this
 * machine. What else lies there (training script, reference embeddings) stays out.
 */
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askedTexts, translatedList } from './texts/translation.mjs';

const folder = fileURLToPath(new URL('../models/', import.meta.url));
const made = fileURLToPath(new URL('../.cache/', import.meta.url));

/**
 * Paths below models/ that belong to the site: the manifest, the files it lists with relative addresses, the models'
 * cards, and the licence of the vocabulary's words.
 */
export function modelFiles() {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  const listed = manifest.entries
    .flatMap((entry) => entry.files.map((file) => file.url))
    .filter((url) => !/^[a-z]+:/i.test(url));
  const folders = new Set(listed.map((url) => url.split('/')[0]));
  const listing = ['manifest.json', 'evaluation.json', 'vocabulary/WordNet.txt'];
  return [...listing, ...listed, ...[...folders].flatMap(papersOf), ...madeNetworks()];
}

/** What has to travel with a model's weights: its card, and the notice and licences of what it was made from. */
function papersOf(model) {
  const notice = existsSync(join(folder, model, 'NOTICE')) ? [`${model}/NOTICE`] : [];
  const licences = existsSync(join(folder, model, 'licences')) ? readdirSync(join(folder, model, 'licences')) : [];
  return [`${model}/README.md`, ...notice, ...licences.map((name) => `${model}/licences/${name}`)];
}

/** Files of the evaluation networks that are on this machine: the site offers what it has. */
function madeNetworks() {
  const { entries } = JSON.parse(readFileSync(join(folder, 'evaluation.json'), 'utf8'));
  const urls = new Set(entries.flatMap((entry) => entry.files.map((file) => file.url)));
  return [...urls].filter((url) => existsSync(join(made, url)));
}

const pathOf = (file) => join(file.startsWith('evaluation/') ? made : folder, file);

/** The lists that a person reads from. */
const isList = (file) => file === 'manifest.json' || file === 'evaluation.json';

/** @returns {import('vite').Plugin} */
export function modelsPlugin() {
  const texts = askedTexts();
  const contentsOf = (file) =>
    texts && isList(file)
      ? translatedList(readFileSync(pathOf(file), 'utf8'), texts.translate)
      : readFileSync(pathOf(file));
  return {
    name: 'models',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
        const file = path.startsWith('/models/') ? path.slice('/models/'.length) : '';
        if (!modelFiles().includes(file)) {
          next();
          return;
        }
        response.setHeader(
          'Content-Type',
          file.endsWith('.json')
            ? 'application/json'
            : /\.(md|txt)$|NOTICE$/.test(file)
              ? 'text/plain; charset=utf-8'
              : 'application/octet-stream',
        );
        if (texts && isList(file)) {
          response.end(contentsOf(file));
          return;
        }
        response.setHeader('Content-Length', statSync(pathOf(file)).size);
        createReadStream(pathOf(file)).pipe(response);
      });
    },
    generateBundle() {
      for (const file of modelFiles())
        this.emitFile({ type: 'asset', fileName: `models/${file}`, source: contentsOf(file) });
    },
  };
}
