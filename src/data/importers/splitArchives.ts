/**
 * Archives in several files: "set.zip.001", "set.zip.002" (cut anywhere: 7-Zip, `split`), and "set.z01", "set.zip"
 * (spanned: WinZip, Info-ZIP). Parts are put together in their order; where one is missing, that is said of each.
 */
import { nameOf } from '../pathParts';
import type { Skipped } from '../walkTree';

export interface PartFile {
  path: string;
  file: File;
}

export interface JoinedParts {
  /** One file in place of the parts; of a spanned archive its parts, in order. */
  joined: { path: string; file: File; disks: File[] | null }[];
  skipped: Skipped[];
  rest: PartFile[];
}

const cut = /^(.+\.(?:zip|tar|tgz|tar\.gz|npz))\.(?:part[._-]?)?(\d{2,4}|[a-c][a-z])$/i;
const spanned = /^(.+)\.z(\d{2,3})$/i;

const partNumber = (text: string): number =>
  /^\d+$/.test(text)
    ? Number(text)
    : (text.toLowerCase().charCodeAt(0) - 97) * 26 + (text.toLowerCase().charCodeAt(1) - 97);

type Group = { number: number; part: PartFile }[];

/** The first number that is not there, or null; numbers begin at 0 or 1. */
function missing(group: Group, first: readonly number[]): number | null {
  const numbers = new Set(group.map(({ number }) => number));
  const start = first.find((number) => numbers.has(number));
  if (start === undefined) return first[0] ?? 0;
  const last = Math.max(...numbers);
  for (let number = start; number <= last; number += 1) if (!numbers.has(number)) return number;
  return null;
}

export function joinParts(files: readonly PartFile[]): JoinedParts {
  const cuts = new Map<string, Group>();
  const spans = new Map<string, Group>();
  const rest: PartFile[] = [];
  const push = (map: Map<string, Group>, key: string, number: string, part: PartFile): void => {
    map.set(key, [...(map.get(key) ?? []), { number: partNumber(number), part }]);
  };
  for (const part of files) {
    const [, cutName, cutNumber] = cut.exec(part.path) ?? [];
    const [, spanName, spanNumber] = spanned.exec(part.path) ?? [];
    if (cutName !== undefined && cutNumber !== undefined) push(cuts, cutName, cutNumber, part);
    else if (spanName !== undefined && spanNumber !== undefined) push(spans, spanName, spanNumber, part);
    else rest.push(part);
  }
  const result: JoinedParts = { joined: [], skipped: [], rest };
  const refuse = (group: Group, number: number | string): void => {
    for (const { part } of group)
      result.skipped.push({ path: part.path, reason: `a part of an archive, of which part ${number} is missing` });
  };
  const inOrder = (group: Group): File[] => group.toSorted((a, b) => a.number - b.number).map(({ part }) => part.file);
  for (const [path, group] of cuts) {
    const gap = missing(group, [1, 0]);
    if (gap !== null) refuse(group, gap);
    else result.joined.push({ path, file: new File(inOrder(group), nameOf(path)), disks: null });
  }
  for (const [path, group] of spans) {
    const last = rest.findIndex((part) => part.path.toLowerCase() === `${path}.zip`.toLowerCase());
    const end = rest[last];
    const gap = missing(group, [1]);
    if (!end) refuse(group, `“${nameOf(path)}.zip”`);
    else if (gap !== null) {
      refuse([...group, { number: 0, part: end }], gap);
      rest.splice(last, 1);
    } else {
      rest.splice(last, 1);
      const disks = [...inOrder(group), end.file];
      result.joined.push({ path: end.path, file: end.file, disks });
    }
  }
  return result;
}
