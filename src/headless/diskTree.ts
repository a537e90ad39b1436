/**
 * Folders of the disk as the tree that drops are walked as. Links are followed where they stay inside the folder that
 * was given, also those that were saved as small texts (Git does so where a system has no links); circles are cut, and
 * the rest is named. What a link of the folder leads to is read once: under the link, which is where a person put it.
 */
import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { TreeNode } from '../data/walkTree';
import { openFile } from './diskFile';

const MAX_LINK_TEXT = 256;

const isInside = (root: string, path: string): boolean => {
  const way = relative(root, path);
  return way === '' || (!way.startsWith(`..${sep}`) && way !== '..' && !isAbsolute(way));
};

/** Where a link leads; null for what is no link; 'lost' where nothing is there. */
async function targetOf(path: string, entry: Dirent): Promise<string | 'lost' | null> {
  if (entry.isSymbolicLink()) return realpath(path).catch(() => 'lost' as const);
  return entry.isFile() ? textTarget(path) : null;
}

/** A text of one line that is a path to something that is there. */
async function textTarget(path: string): Promise<string | null> {
  const { size } = await lstat(path);
  if (size < 3 || size > MAX_LINK_TEXT) return null;
  const text = await readFile(path, 'utf8');
  if (!/^[^\n\r\0]+\/[^\n\r\0]+$/.test(text)) return null;
  return realpath(resolve(dirname(path), text)).catch(() => null);
}

class Disk {
  /** What links lead to, inside of the root, with the link. */
  private readonly linked = new Map<string, string>();

  constructor(private readonly root: string) {}

  /** Looks for links first: what they lead to is then left out where it lies. */
  async findLinks(folder: string, seen = new Set<string>()): Promise<void> {
    if (seen.has(folder)) return;
    seen.add(folder);
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await this.findLinks(path, seen);
      else {
        const target = await targetOf(path, entry);
        if (
          target !== null &&
          target !== 'lost' &&
          isInside(this.root, target) &&
          !isInside(target, path) &&
          dirname(target) !== folder
        )
          this.linked.set(target, relative(this.root, path));
      }
    }
  }

  /** @param above real paths of the folders that lead here */
  folder(name: string, real: string, above: readonly string[]): TreeNode {
    const within = [...above, real];
    return {
      name,
      kind: 'folder',
      children: async () => {
        const entries = await readdir(real, { withFileTypes: true });
        const nodes = await Promise.all(entries.map((entry) => this.child(join(real, entry.name), entry, within)));
        return nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      },
    };
  }

  private async child(path: string, entry: Dirent, above: readonly string[]): Promise<TreeNode> {
    const { name } = entry;
    const other = (reason: string): TreeNode => ({ name, kind: 'other', reason });
    const target = await targetOf(path, entry);
    if (target !== null) {
      if (target === 'lost') return other('a link that leads nowhere');
      if (!isInside(this.root, target)) return other(`a link that leads out of the folder, to ${target}`);
      if (above.some((each) => isInside(target, each))) return other('a link that leads back to a folder above it');
      if (dirname(target) === dirname(path))
        return other(`a link to ${basename(target)} beside it, which is read itself`);
      const kind = await stat(target);
      if (kind.isDirectory()) return this.folder(name, target, above);
      return kind.isFile()
        ? { name, kind: 'file', open: () => openFile(target) }
        : other('a device or another thing that is no file');
    }
    const link = this.linked.get(path);
    if (link !== undefined) return other(`read as ${link.split(sep).join('/')}, a link that leads here`);
    if (entry.isDirectory()) return this.folder(name, path, above);
    if (!entry.isFile()) return other('a device or another thing that is no file');
    return { name, kind: 'file', open: () => openFile(path) };
  }
}

/** What a path of the terminal holds. @throws the system's error where there is nothing */
export async function diskTree(path: string): Promise<TreeNode> {
  const real = await realpath(path);
  const name = basename(real);
  if (!(await stat(real)).isDirectory()) return { name, kind: 'file', open: () => openFile(real) };
  const disk = new Disk(real);
  await disk.findLinks(real);
  return disk.folder(name === '' ? 'root' : name, real, []);
}
