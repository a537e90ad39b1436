/** The project's files as they lie on the disk, without what is installed, built or written by runs. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Project } from './references';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What people write, in which references are looked for. */
const written = new Set(['.ts', '.tsx', '.mjs', '.mts', '.py', '.css', '.md', '.yml', '.yaml', '.html']);

/** Folders that are not part of the project; see .gitignore. */
const left = new Set(['node_modules', 'dist', 'coverage', 'test-results', 'playwright-report', '__pycache__']);
const leftAtRoot = new Set(['data', 'runs', 'public/sample']);

/** Generated: its comments are the comments of its source, which refer to documents of ONNX. */
const generated = new Set(['src/formats/onnx_pb.ts']);

/** Names in comments and documents that are no files of the project. */
const foreign = new Set([
  // ONNX's own.
  'ExternalData.md',
  // StyleGAN2-ADA's public code.
  'training/augment.py',
  'torch_utils/ops/upfirdn2d.py',
  // Written by the commands.
  'ablation.md',
]);

function pathsBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    const skipped =
      left.has(entry.name) || leftAtRoot.has(path) || (entry.name.startsWith('.') && entry.name !== '.ci');
    return skipped ? [] : pathsBelow(path);
  });
}

/** Reads the whole project; a second or less. */
export function readProject(): Project {
  const files = new Map(
    pathsBelow('')
      .toSorted()
      .map((path) => [
        path,
        written.has(extname(path)) && !generated.has(path) ? readFileSync(join(root, path), 'utf8') : null,
      ]),
  );
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  return { files, scripts: new Set(Object.keys(scripts)), foreign };
}
