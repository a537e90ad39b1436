/**
 * Tables that say of traits whether a picture has them ("Smiling", "Young"): a column each. A picture may have several,
 * so they are no classes; but each of them divides the pictures in two, and a person may choose one (offerTraits.ts).
 */
import { folded, shownName } from './folderNames';
import { isOtherHeader } from './tableHeaders';

export interface TraitTable {
  /** As they are shown, in the order of the columns; all different. */
  names: string[];
  /** What the rows call their pictures. */
  keys: string[];
  /** [rows, traits]: 1 where the picture has it, 0 where it has it not, -1 where nobody says. */
  values: Int8Array<ArrayBuffer>;
  /** Of each trait, how many of the pictures that are here have it. */
  having: number[];
  /** Likewise, how many have it not. */
  lacking: number[];
}

type Field = 'yes' | 'no' | 'zero' | 'minus' | 'unknown' | 'other';

function kindOf(field: string): Field {
  if (/^(?:\+?1(?:\.0+)?|true|yes|y)$/i.test(field)) return 'yes';
  if (/^(?:false|no|n)$/i.test(field)) return 'no';
  if (/^0(?:\.0+)?$/.test(field)) return 'zero';
  if (/^-1(?:\.0+)?$/.test(field)) return 'minus';
  return /^(?:|\?|-|nan|n\/?a|null|none|unknown)$/i.test(field) ? 'unknown' : 'other';
}

/** Characters of a trait's name; what is longer is text. */
const longest = 100;

/** Fields are few and come millions of times. */
class Kinds {
  private readonly known = new Map<string, Field>();

  of(field = ''): Field {
    const known = this.known.get(field);
    if (known) return known;
    const kind = kindOf(field);
    if (this.known.size < 1000) this.known.set(field, kind);
    return kind;
  }
}

const traitName = (header: string): string => shownName(header.replaceAll('_', ' '));

/** Whether two spellings mean one trait: "5_o_Clock_Shadow" and "5 o clock shadow". */
export const sameTrait = (a: string, b: string): boolean => folded(traitName(a)) === folded(traitName(b));

/** Columns in which nothing but yes and no is said; no two of one name. */
function traitColumns(header: readonly string[], sample: readonly string[][], file: number, kinds: Kinds): number[] {
  const seen = new Set<string>();
  return header.flatMap((name, column) => {
    const key = folded(traitName(name));
    if (column === file || key === '' || key.length > longest || seen.has(key) || isOtherHeader(name)) return [];
    const said = new Set(sample.map((row) => kinds.of(row[column])));
    if (said.has('other') || (said.size === 1 && said.has('unknown'))) return [];
    seen.add(key);
    return [column];
  });
}

/**
 * Null where the columns are none. One column alone is a trait only where it says 1 and -1: else it is of numbers of
 * classes, or names them.
 * @param sample rows that are looked at to know the columns; @param file the column of the pictures
 * @param isHere whether a row's picture is here
 */
export function readTraits(
  [header = [], ...body]: readonly string[][],
  sample: readonly string[][],
  file: number,
  isHere: (key: string) => boolean,
): TraitTable | null {
  const kinds = new Kinds();
  const columns = traitColumns(header, sample, file, kinds);
  const rows = body.filter((row) => (row[file] ?? '') !== '');
  const counts = { yes: 0, no: 0, zero: 0, minus: 0, unknown: 0, other: 0 };
  for (const row of rows) for (const column of columns) counts[kinds.of(row[column])] += 1;
  const maybeClasses = counts.minus === 0 || counts.zero > 0;
  if (columns.length === 0 || (columns.length === 1 && maybeClasses)) return null;
  // Where both are there, one of them says that nobody knows: the rarer one.
  const no = counts.minus > counts.zero ? 'minus' : 'zero';
  const values = new Int8Array(rows.length * columns.length);
  const having = columns.map(() => 0);
  const lacking = columns.map(() => 0);
  rows.forEach((row, at) => {
    const here = isHere(row[file] ?? '');
    columns.forEach((column, trait) => {
      const kind = kinds.of(row[column]);
      const value = kind === 'yes' ? 1 : kind === 'no' || kind === no ? 0 : -1;
      values[at * columns.length + trait] = value;
      if (!here || value < 0) return;
      const count = value === 1 ? having : lacking;
      count[trait] = (count[trait] ?? 0) + 1;
    });
  });
  const names = columns.map((column) => traitName(header[column] ?? ''));
  return { names, keys: rows.map((row) => row[file] ?? ''), values, having, lacking };
}
