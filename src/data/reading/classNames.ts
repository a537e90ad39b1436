/**
 * Names that mean the same class: equal but for case, Unicode form or white space. The spelling that most pictures have
 * is kept. Single letters that lie side by side in one folder are letters of two cases, and stay apart.
 */
import { folded, shownName } from './folderNames';

export interface JoinedClasses {
  classes: string[];
  /** Position in `classes` of each name as it was given. */
  indexOf: Map<string, number>;
  /** Spellings that were joined because of their case. */
  joined: { kept: string; others: string[] }[];
}

/**
 * @param names for each picture its class, or null
 * @param parents for each picture the folder that its class's folder lies in
 */
export function joinClasses(
  names: readonly (string | null)[],
  parents: readonly string[],
  compare: (a: string, b: string) => number,
): JoinedClasses {
  const counts = new Map<string, number>();
  const letters = new Map<string, Set<string>>();
  names.forEach((name, at) => {
    if (name === null) return;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if ([...name].length !== 1) return;
    const key = `${parents[at] ?? ''}/${folded(name)}`;
    letters.set(key, (letters.get(key) ?? new Set()).add(name));
  });
  const apart = new Set([...letters.values()].filter((set) => set.size > 1).flatMap((set) => [...set]));
  const groups = new Map<string, string[]>();
  for (const name of counts.keys()) {
    const key = apart.has(name) ? `=${name}` : folded(name);
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  const joined: JoinedClasses['joined'] = [];
  const keptOf = new Map<string, string>();
  for (const spellings of groups.values()) {
    const order = spellings.toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || compare(a, b));
    const kept = shownName(order[0] ?? '');
    const others = [...new Set(order.map(shownName))].filter((name) => name !== kept);
    if (others.length > 0) joined.push({ kept, others });
    for (const name of spellings) keptOf.set(name, kept);
  }
  const classes = [...new Set(keptOf.values())].toSorted(compare);
  const position = new Map(classes.map((name, index) => [name, index]));
  return {
    classes,
    indexOf: new Map([...keptOf].map(([name, kept]) => [name, position.get(kept) ?? 0])),
    joined,
  };
}
