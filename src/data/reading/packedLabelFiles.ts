/**
 * Paths and label files as a few long values, to cross between threads: cloning a hundred thousand rows as objects would
 * hold up the page for a fifth of a second, a string of the same length takes none. Both ways in turns.
 */
import { Breather } from '../breathe';
import type { LabelFile, LabelFileForm } from './labelFile';
import type { LabelRow } from './tableLabels';
import type { TraitTable } from './traits';

/** Lists are joined by a character that no label file holds: what it is in is not read as text. */
export interface PackedLabelFiles {
  paths: string;
  /** Empty where a file has none. */
  problems: string;
  /** Of the files that have some, with their position. */
  names: [number, Map<string, string>][];
  /** Likewise. */
  forms: [number, LabelFileForm][];
  /** Likewise; its keys are one string, too. */
  traits: [number, Omit<TraitTable, 'keys'> & { keys: string }][];
  /** Rows of each file. */
  counts: Uint32Array<ArrayBuffer>;
  /** Of all rows, file by file. */
  keys: string;
  /** Of each row, a position in `labels`; -1: none, -2: none, because there are several. */
  labelOf: Int32Array<ArrayBuffer>;
  labels: string;
}

const between = '\0';
/** Rows between two looks at the clock. */
const step = 1024;

/** Many paths as few long texts; no system's path holds what joins them, and none of an archive's does (safePath.ts). */
export type PackedPaths = readonly string[];

export async function packPaths(paths: readonly string[]): Promise<PackedPaths> {
  const turns = new Breather();
  const packed: string[] = [];
  for (let from = 0; from < paths.length; from += 16 * step) {
    await turns.breathe();
    packed.push(paths.slice(from, from + 16 * step).join(between));
  }
  return packed;
}

export const unpackPaths = (packed: PackedPaths): string[] => packed.flatMap((each) => each.split(between));

export async function packLabelFiles(files: readonly LabelFile[]): Promise<PackedLabelFiles> {
  const turns = new Breather();
  const counts = Uint32Array.from(files, ({ rows }) => rows.length);
  const labelOf = new Int32Array(counts.reduce((sum, count) => sum + count, 0));
  const known = new Map<string, number>();
  const keys: string[] = [];
  for (const [at, { rows }] of files.entries()) {
    if (at % step === 0) await turns.breathe();
    for (const { key, label, several } of rows) {
      if (keys.length % step === 0) await turns.breathe();
      if (label !== null && !known.has(label)) known.set(label, known.size);
      labelOf[keys.length] = label === null ? (several ? -2 : -1) : (known.get(label) ?? -1);
      keys.push(key);
    }
  }
  return {
    paths: files.map(({ path }) => path).join(between),
    problems: files.map(({ problem }) => problem ?? '').join(between),
    names: files.flatMap(({ names }, at) => (names ? [[at, names] as [number, Map<string, string>]] : [])),
    forms: files.flatMap(({ form }, at) => (form ? [[at, form] as [number, LabelFileForm]] : [])),
    traits: files.flatMap(({ traits }, at): PackedLabelFiles['traits'] =>
      traits ? [[at, { ...traits, keys: traits.keys.join(between) }]] : [],
    ),
    counts,
    keys: keys.join(between),
    labelOf,
    labels: [...known.keys()].join(between),
  };
}

export async function unpackLabelFiles(packed: PackedLabelFiles): Promise<LabelFile[]> {
  const turns = new Breather();
  const { counts, labelOf } = packed;
  const [paths, problems, keys, labels] = [packed.paths, packed.problems, packed.keys, packed.labels].map((list) =>
    list.split(between),
  ) as [string[], string[], string[], string[]];
  const names = new Map(packed.names);
  const forms = new Map(packed.forms);
  const traits = new Map(packed.traits);
  const files: LabelFile[] = [];
  let row = 0;
  for (const [at, count] of counts.entries()) {
    if (at % step === 0) await turns.breathe();
    const rows: LabelRow[] = [];
    for (const end = row + count; row < end; row += 1) {
      if (row % step === 0) await turns.breathe();
      const label = labelOf[row] ?? -1;
      const several = label === -2 ? { several: true } : {};
      rows.push({ key: keys[row] ?? '', label: label < 0 ? null : (labels[label] ?? null), ...several });
    }
    const form = forms.get(at);
    const table = traits.get(at);
    files.push({
      path: paths[at] ?? '',
      problem: problems[at] || null,
      rows,
      names: names.get(at) ?? null,
      ...(form ? { form } : {}),
      ...(table ? { traits: { ...table, keys: table.keys.split(between) } } : {}),
    });
  }
  return files;
}
