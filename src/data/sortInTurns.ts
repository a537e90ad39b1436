/** Sorts a list that is too long for one turn of the page's thread: runs first, then pairs of runs merged. */
import { Breather } from './breathe';

/** Elements that are sorted within a few milliseconds. */
const runLength = 2048;

/** As `toSorted`: stable, and the list itself stays as it is. */
export async function sortInTurns<T>(list: readonly T[], compare: (a: T, b: T) => number): Promise<T[]> {
  const breather = new Breather();
  let runs: T[][] = [];
  for (let from = 0; from < list.length; from += runLength) {
    await breather.breathe();
    runs.push(list.slice(from, from + runLength).toSorted(compare));
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let at = 0; at < runs.length; at += 2)
      merged.push(await merge(runs[at] ?? [], runs[at + 1] ?? [], compare, breather));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge<T>(a: T[], b: T[], compare: (a: T, b: T) => number, breather: Breather): Promise<T[]> {
  const out: T[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (out.length % 1024 === 0) await breather.breathe();
    const [left, right] = [a[i] as T, b[j] as T];
    if (compare(left, right) <= 0) {
      out.push(left);
      i += 1;
    } else {
      out.push(right);
      j += 1;
    }
  }
  return out.concat(a.slice(i), b.slice(j));
}
