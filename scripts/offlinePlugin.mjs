/**
 * Vite plugin: what makes the built site private and able to work offline. The page gets its content security policy
 * as a meta element, workers as a header (public/_headers, the preview server, the service worker), and the service
 * worker the list of what the site consists of.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The page talks to nobody but its own site. Styles are set from code by the widgets, hence 'unsafe-inline' there. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
].join('; ');

/** Workers also fetch a CLIP that the user chose from the list: models/manifest.json names no other host. */
export const workerPolicy =
  "connect-src 'self' blob: data: https://huggingface.co https://*.huggingface.co https://*.hf.co";

/** Not needed before a user asks for it, and kept by the studio itself then. */
const onlyWhenUsed = [/^models\/evaluation\//, /\.map$/, /^_headers$/, /^serviceWorker\.js$/];
/** Wanted at the first visit, or small. libheif is neither: it comes first of what is kept once the page rests. */
const atOnce = [
  /^index\.html$/,
  /^assets\/(?!libheif).*\.(js|css)$/,
  /^[^/]+\.(svg|png|webmanifest)$/,
  /^models\/[^/]+\.json$/,
];

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'))
    .toSorted();
}

/** @returns {import('vite').Plugin} */
export function offlinePlugin() {
  let folder = 'dist';
  return {
    name: 'offline',
    apply: 'build',
    configResolved: (config) => {
      folder = config.build.outDir;
    },
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: pagePolicy },
        injectTo: 'head-prepend',
      },
    ],
    closeBundle: {
      order: 'post',
      sequential: true,
      handler() {
        const files = filesOf(folder).filter((file) => !onlyWhenUsed.some((pattern) => pattern.test(file)));
        const hash = createHash('sha256');
        for (const file of files) hash.update(file).update(readFileSync(join(folder, file)));
        const inShell = (file) => atOnce.some((pattern) => pattern.test(file));
        const site = {
          version: hash.digest('hex').slice(0, 12),
          // The page under its own address.
          shell: ['./', ...files.filter((file) => inShell(file) && file !== 'index.html')],
          later: files.filter((file) => !inShell(file)),
          workerPolicy,
        };
        const path = join(folder, 'serviceWorker.js');
        const source = readFileSync(path, 'utf8');
        const filled = source.replace(/\/\* site \*\/ \{[^}]*\}/, () => JSON.stringify(site));
        if (filled === source) throw new Error('serviceWorker.js has no place for the site.');
        writeFileSync(path, filled);
      },
    },
  };
}
