/** The headings of a Markdown document: their words, their anchors as GitHub makes them, their numbers. */

export interface Headings {
  /** Without marks, as a reader sees them. */
  titles: ReadonlySet<string>;
  anchors: ReadonlySet<string>;
  /** N of headings such as "4. Networks". */
  sections: ReadonlySet<number>;
}

/** Lines outside of fenced code. */
function proseLines(markdown: string): string[] {
  let fenced = false;
  return markdown.split('\n').filter((line) => {
    if (/^\s*```/.test(line)) fenced = !fenced;
    return !fenced;
  });
}

const plain = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]|(?<![\p{L}\d])_|_(?![\p{L}\d])/gu, '')
    .trim();

const slug = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

export function headingsOf(markdown: string): Headings {
  const titles = new Set<string>();
  const anchors = new Set<string>();
  const sections = new Set<number>();
  const used = new Map<string, number>();
  for (const line of proseLines(markdown)) {
    const title = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (title === undefined) continue;
    const words = plain(title);
    titles.add(words);
    const number = /^(\d+)\.\s/.exec(words)?.[1];
    if (number !== undefined) sections.add(Number(number));
    const anchor = slug(words);
    const before = used.get(anchor) ?? 0;
    used.set(anchor, before + 1);
    anchors.add(before === 0 ? anchor : `${anchor}-${before}`);
  }
  return { titles, anchors, sections };
}
