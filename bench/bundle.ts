/**
 * What a browser loads before the first screen stands, gzip'd: the page, its styles, and every script that these import
 * at once; all that computes comes later. Counts, of the site in dist/ as `npm run build` made it, and of React built
 * alone, which is taken off.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import type { Bench } from './bench';

const dist = 'dist';
const mostKB = 180;

/** Files of the first load: what the page names, and their static imports. */
function firstLoad(): string[] {
  const found = new Set(['index.html']);
  for (const file of found) {
    const text = readFileSync(join(dist, file), 'utf8');
    const names = file.endsWith('.html')
      ? text.matchAll(/(?:src|href)="\.\/(assets\/[\w.-]+\.(?:js|css))"/g)
      : text.matchAll(/(?:\bfrom|\bimport)\s*["'](\.\/[\w.-]+\.js)["']/g);
    for (const [, name = ''] of names) found.add(file.endsWith('.html') ? name : join(dirname(file), name));
  }
  return [...found];
}

const gzipKB = (content: string | Uint8Array): number => gzipSync(content, { level: 9 }).length / 1000;

/** React as the first screen needs it, built alone in the same way. */
async function reactKB(): Promise<number> {
  const entry = 'react-alone';
  const source =
    "export { createRoot } from 'react-dom/client'; export * from 'react'; export * from 'react/jsx-runtime';";
  const built = await build({
    configFile: false,
    logLevel: 'error',
    mode: 'production',
    plugins: [
      { name: entry, resolveId: (id) => (id === entry ? id : null), load: (id) => (id === entry ? source : null) },
    ],
    build: {
      write: false,
      target: 'es2022',
      minify: true,
      rolldownOptions: { input: entry, preserveEntrySignatures: 'strict' },
    },
  });
  const outputs = [built].flat().flatMap((each) => ('output' in each ? each.output : []));
  return outputs.reduce((sum, part) => sum + (part.type === 'chunk' ? gzipKB(part.code) : 0), 0);
}

export const run: Bench = async () => {
  if (!existsSync(join(dist, 'index.html'))) throw new Error('There is no dist/: npm run build makes it.');
  const files = firstLoad().map((file) => ({ file, kB: gzipKB(readFileSync(join(dist, file))) }));
  const total = files.reduce((sum, { kB }) => sum + kB, 0);
  for (const { file, kB } of files.toSorted((a, b) => b.kB - a.kB))
    console.log(`${kB.toFixed(1).padStart(7)} kB  ${basename(file)}`);
  const react = await reactKB();
  const own = total - react;
  console.log(`${total.toFixed(1).padStart(7)} kB  in all`);
  console.log(`${react.toFixed(1).padStart(7)} kB  of it React`);
  console.log(`${own.toFixed(1).padStart(7)} kB  without, at most ${mostKB}: ${own <= mostKB ? 'met' : 'not met'}`);
  const round = (value: number): number => Math.round(10 * value) / 10;
  return { adapter: 'none', firstLoadKB: round(total), reactKB: round(react), ownKB: round(own), files: files.length };
};
