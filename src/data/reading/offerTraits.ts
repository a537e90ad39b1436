/**
 * Of tables of traits (traits.ts), what a person may choose: one trait makes two classes, the pictures that have it and
 * those that have it not.
 */
import { folded } from './folderNames';
import type { LabelFile } from './labelFile';
import type { LabelRow } from './tableLabels';
import { sameTrait, type TraitTable } from './traits';

export interface Trait {
  name: string;
  /** How many of the pictures have it, and how many have it not; of the others nobody says. */
  having: number;
  lacking: number;
}

export interface TraitOffer {
  /** Paths of the tables. */
  files: string[];
  /** In the order of the tables. */
  traits: Trait[];
  /** The name of the one that was chosen; null where none was, or none is called so. */
  chosen: string | null;
}

/** Whether a trait tells pictures apart. */
export const divides = ({ having, lacking }: Pick<Trait, 'having' | 'lacking'>): boolean => having > 0 && lacking > 0;

/** Names of the two classes that a trait makes: "Smiling", "not Smiling"; and "Beard" for what has "No Beard" not. */
export function classesOfTrait(name: string): [having: string, lacking: string] {
  return [name, /^(?:no|not) (.+)$/i.exec(name)?.[1] ?? `not ${name}`];
}

/** Null where there is no table of traits. @param wanted what a person chose */
export function offerTraits(files: readonly LabelFile[], wanted: string | undefined): TraitOffer | null {
  const tables = files.filter(({ traits }) => traits);
  if (tables.length === 0) return null;
  const found = new Map<string, Trait>();
  for (const { traits } of tables)
    traits?.names.forEach((name, at) => {
      const { having = 0, lacking = 0 } = found.get(folded(name)) ?? {};
      found.set(folded(name), {
        name: found.get(folded(name))?.name ?? name,
        having: having + (traits.having[at] ?? 0),
        lacking: lacking + (traits.lacking[at] ?? 0),
      });
    });
  const traits = [...found.values()];
  const chosen = wanted === undefined ? undefined : traits.find(({ name }) => sameTrait(name, wanted));
  return { files: tables.map(({ path }) => path), traits, chosen: chosen?.name ?? null };
}

function rowsOf({ names, keys, values }: TraitTable, trait: string): LabelRow[] {
  const column = names.findIndex((name) => sameTrait(name, trait));
  if (column < 0) return [];
  const [having, lacking] = classesOfTrait(trait);
  return keys.map((key, row) => {
    const value = values[row * names.length + column];
    return { key, label: value === 1 ? having : value === 0 ? lacking : null };
  });
}

/** The same files, those with the trait giving it as labels. */
export function labelByTrait(files: readonly LabelFile[], trait: string): LabelFile[] {
  return files.map((file) => (file.traits ? { ...file, rows: rowsOf(file.traits, trait) } : file));
}

/** Why a table of traits gives no labels, after "gives no labels". */
export function unusedTraits({ having, lacking, names }: TraitTable): string {
  const useful = names.some((_, at) => divides({ having: having[at] ?? 0, lacking: lacking[at] ?? 0 }));
  if (!useful) return ': none of its traits tells the pictures apart';
  return names.length === 1 ? ' until its trait is chosen' : ` until one of its ${names.length} traits is chosen`;
}
