/**
 * Finds the picture that a label file means. Such files were written on other systems, before pictures were moved,
 * unpacked or converted: the path may have another beginning, another case or Unicode form, back-slashes, no ending or
 * another one. The nearest match counts; what fits several pictures equally well fits none.
 */
import { nameOf } from '../pathParts';
import { folded } from './folderNames';

/** Most paths: nothing but letters, digits and the like, so that only their case is to be made one. */
const simple = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;

const clean = (path: string): string => (simple.test(path) ? path.toLowerCase() : cleanOf(path));

const cleanOf = (path: string): string =>
  folded(path.replaceAll('\\', '/').replace(/^file:\/\//, ''))
    .replace(/^(?:\.?\/)+/, '')
    .replace(/^[a-z]:\//, '')
    .replaceAll(/\/(?:\.?\/)+/g, '/');

/** An address without what only the web needs: "%20", "?dl=1". */
function webless(key: string): string {
  const plain = key.replace(/[?#].*$/s, '');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

const stemOf = (name: string): string => name.replace(/\.[a-z0-9_~]{1,9}$/, '');

export type Found = { index: number } | 'ambiguous' | null;

/** Almost all have one, which needs no list. */
type Places = Map<string, number | number[]>;

const push = (map: Places, key: string, index: number): void => {
  const before = map.get(key);
  if (before === undefined) map.set(key, index);
  else if (typeof before === 'number') map.set(key, [before, index]);
  else before.push(index);
};

/** Number of trailing segments that two paths share. */
function sharedTail(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && count < b.length && a[a.length - 1 - count] === b[b.length - 1 - count]) count += 1;
  return count;
}

export class PathIndex {
  private readonly paths: string[] = [];
  private readonly exact = new Map<string, number>();
  private readonly names: Places = new Map();
  private readonly stems: Places = new Map();
  private readonly numbers: Places = new Map();

  /** @param pictures path of each picture, or null for what is none */
  constructor(pictures: readonly (string | null)[] = []) {
    for (const path of pictures) this.add(path);
  }

  /** The next picture's path, or null for what is none. */
  add(picture: string | null): void {
    const index = this.paths.length;
    const path = picture === null ? '' : clean(picture);
    this.paths.push(path);
    if (path === '') return;
    const name = nameOf(path);
    const stem = stemOf(name);
    this.exact.set(path, index);
    push(this.names, name, index);
    push(this.stems, stem, index);
    if (/^\d+$/.test(stem)) push(this.numbers, stem.replace(/^0+(?=\d)/, ''), index);
  }

  /** @param folder where the label file lies; its own pictures come first */
  find(key: string, folder = ''): Found {
    const wanted = clean(key);
    if (wanted === '' || wanted.length > 4096) return null;
    for (let at = clean(folder); ; at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '') {
      const index = this.exact.get(at === '' ? wanted : `${at}/${wanted}`);
      if (index !== undefined) return { index };
      if (at === '') break;
    }
    const name = nameOf(wanted);
    const found =
      this.names.get(name) ??
      this.stems.get(name) ??
      this.stems.get(stemOf(name)) ??
      (/^\d+$/.test(name) ? this.numbers.get(name.replace(/^0+(?=\d)/, '')) : undefined) ??
      [];
    const candidates = typeof found === 'number' ? [found] : found;
    // Label Studio puts eight digits before the names of what is uploaded.
    const uploaded = candidates.length === 0 ? /^[0-9a-f]{8}-(.+)$/.exec(name)?.[1] : undefined;
    if (uploaded !== undefined) return this.find(uploaded, folder);
    const bare = candidates.length === 0 ? webless(key) : key;
    if (bare !== key) return this.find(bare, folder);
    return this.nearest(candidates, stemOf(wanted), clean(folder));
  }

  private nearest(candidates: readonly number[], wanted: string, folder: string): Found {
    const [first] = candidates;
    if (first === undefined) return null;
    if (candidates.length === 1) return { index: first };
    const segments = wanted.split('/').slice(0, -1);
    const scored = candidates.map((index) => {
      const path = this.paths[index] ?? '';
      const tail = sharedTail(segments, path.split('/').slice(0, -1));
      return { index, score: tail * 2 + (folder !== '' && path.startsWith(`${folder}/`) ? 1 : 0) };
    });
    const best = Math.max(...scored.map(({ score }) => score));
    const winners = scored.filter(({ score }) => score === best);
    const [winner] = winners;
    return winners.length === 1 && winner && best > 0 ? { index: winner.index } : 'ambiguous';
  }
}
