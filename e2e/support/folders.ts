/**
 * Real folders on disk for the tests, made from the sample's pictures (scripts/sampleFolder.mjs) and thrown away
 * afterwards.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestFolders {
  root: string;
  /**
   * Three classes with a few labeled pictures each, more without labels, one broken picture and one stray text file.
   */
  partlyLabeled: string;
  /** Two classes, one of them also of `partlyLabeled`, none of whose pictures is there. */
  otherPictures: string;
  empty: string;
  withoutLabels: string;
  oneClass: string;
  /** Names that are no pictures, folders in folders, a file that lies about what it is. */
  silly: string;
  remove(): void;
}

const LABELED = 6;
const UNLABELED = 12;

function pictures(folder: string): string[] {
  return readdirSync(folder)
    .toSorted()
    .map((name) => join(folder, name));
}

function copyAll(files: string[], target: string): void {
  mkdirSync(target, { recursive: true });
  for (const file of files) copyFileSync(file, join(target, file.split(/[\\/]/).at(-1) ?? 'picture.webp'));
}

export function makeFolders(): TestFolders {
  const root = mkdtempSync(join(tmpdir(), 'lcp-gan-e2e-'));
  const all = join(root, 'all');
  execFileSync(process.execPath, ['scripts/sampleFolder.mjs', '--out', all], { stdio: 'ignore' });
  const classes = readdirSync(all, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'unlabeled')
    .map(({ name }) => name);
  const [chosen, others] = [classes.toSorted().slice(0, 3), classes.toSorted().slice(3)];

  const partlyLabeled = join(root, 'my drawings');
  for (const name of chosen) copyAll(pictures(join(all, name)).slice(0, LABELED), join(partlyLabeled, name));
  copyAll(pictures(join(all, 'unlabeled')).slice(0, UNLABELED), join(partlyLabeled, 'unlabeled'));
  writeFileSync(
    join(partlyLabeled, chosen[0] ?? '', 'torn.png'),
    new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]),
  );
  writeFileSync(join(partlyLabeled, 'notes.txt'), 'not a picture');

  const otherPictures = join(root, 'another album');
  for (const name of [chosen.at(-1) ?? '', others[0] ?? ''])
    copyAll(pictures(join(all, name)).slice(LABELED, LABELED + 6), join(otherPictures, name));
  const empty = join(root, 'empty');
  mkdirSync(empty);
  const withoutLabels = join(root, 'without labels');
  copyAll(pictures(join(all, 'unlabeled')).slice(0, 8), withoutLabels);
  const oneClass = join(root, 'one class');
  copyAll(pictures(join(all, chosen[0] ?? '')).slice(0, 8), join(oneClass, 'cats'));
  const silly = join(root, 'silly');
  mkdirSync(join(silly, 'a', 'b', 'c'), { recursive: true });
  writeFileSync(join(silly, 'a', 'b', 'c', 'poem.png'), 'roses are red');
  writeFileSync(join(silly, 'a', 'zero.jpg'), '');
  writeFileSync(join(silly, 'b.webp'), 'violets are blue');
  mkdirSync(join(silly, 'x'), { recursive: true });
  writeFileSync(join(silly, 'x', 'y.png'), 'sugar is sweet');
  return {
    root,
    partlyLabeled,
    otherPictures,
    empty,
    withoutLabels,
    oneClass,
    silly,
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
