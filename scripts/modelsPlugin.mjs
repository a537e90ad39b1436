/**
 * Vite plugin: the list of CLIP models and the embedded one (models/) under `models/` of the site, in development and in the build. What else
 * lies there (training script, reference embeddings) stays out.
 */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../models/', import.meta.url));

/** Paths below models/ that belong to the site: the manifest, the files it lists with relative addresses, and the models' cards. */
export function modelFiles() {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  const listed = manifest.entries.flatMap((entry) => entry.files.map((file) => file.url)).filter((url) => !/^[a-z]+:/i.test(url));
  const cards = new Set(listed.map((url) => `${url.split('/')[0]}/README.md`));
  return ['manifest.json', ...listed, ...cards];
}

/** @returns {import('vite').Plugin} */
export function modelsPlugin() {
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
        response.setHeader('Content-Type', file.endsWith('.json') ? 'application/json' : file.endsWith('.md') ? 'text/plain; charset=utf-8' : 'application/octet-stream');
        response.setHeader('Content-Length', statSync(join(folder, file)).size);
        createReadStream(join(folder, file)).pipe(response);
      });
    },
    generateBundle() {
      for (const file of modelFiles()) this.emitFile({ type: 'asset', fileName: `models/${file}`, source: readFileSync(join(folder, file)) });
    },
  };
}
