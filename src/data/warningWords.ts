/** A warning about a data set, and the words that warnings are made of. */

export type ReadingWarningCode =
  | 'folder-empty'
  | 'no-labels'
  | 'one-class'
  | 'small-class'
  | 'class-without-labels'
  | 'few-images'
  | 'many-classes'
  | 'splits-merged'
  | 'shards-joined'
  | 'folders-shared'
  | 'masks-left-out'
  | 'folders-inside'
  | 'mask-files'
  | 'case-joined'
  | 'names-decoded'
  | 'sheets-cut'
  | 'sheets-in-cells'
  | 'sheet-offer'
  | 'labels-from-file'
  | 'labels-not-found'
  | 'labels-contradict'
  | 'labels-several'
  | 'labels-in-names'
  | 'trait-offer'
  | 'labels-from-trait'
  | 'unreadable-class'
  | 'unreadable-pictures'
  | 'duplicates'
  | 'duplicates-contradict'
  | 'first-page'
  | 'first-frame'
  | 'transparent';

export interface ReadingWarning {
  code: ReadingWarningCode;
  /** Training cannot start until this is mended. */
  blocking: boolean;
  text: string;
  why: string;
  action: string;
}

const NAMES_SHOWN = 5;

export const numbers = new Intl.NumberFormat('en-US');
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${numbers.format(count)} ${count === 1 ? one : many}`;
export const quoted = (names: readonly string[]): string => {
  const shown = names
    .slice(0, NAMES_SHOWN)
    .map((name) => `“${name}”`)
    .join(', ');
  return names.length > NAMES_SHOWN ? `${shown} and ${numbers.format(names.length - NAMES_SHOWN)} more` : shown;
};

/** The commonest reasons, each with its first file: enough to know what to do; the list names all. */
export function whyLeftOut(ignored: readonly { path: string; reason: string }[]): string {
  const byReason = new Map<string, { count: number; first: string }>();
  for (const { path, reason } of ignored) {
    const so = byReason.get(reason);
    byReason.set(reason, { count: (so?.count ?? 0) + 1, first: so?.first ?? path });
  }
  const most = [...byReason].toSorted(([, a], [, b]) => b.count - a.count).slice(0, 4);
  return most
    .map(([reason, { count, first }]) => {
      const others = count > 1 ? ` and ${plural(count - 1, 'other')}` : '';
      return `“${first.slice(0, 120)}”${others}: ${reason.replace(/\.$/, '')}.`;
    })
    .join(' ');
}

export const note = (code: ReadingWarningCode, text: string, why: string, action: string): ReadingWarning => ({
  code,
  blocking: false,
  text,
  why,
  action,
});
