/**
 * References of comments and documents, and which of them lead nowhere. Looked for:
 *
 * - documents (`docs/method.md`), and in them sections by number ("docs/method.md, section 4", "sections 0 to 3 of
 *   docs/method.md") and headings by name (`docs/architecture.md, "Layout"`). A section without a document is one of the
 *   method;
 * - source files and folders (`src/gpu/capture/plan.ts`, `plan.ts`, `src/lcp/`);
 * - links of Markdown, anchors included;
 * - commands (`npm run bench`).
 *
 * A path holds from the project's root, from `src`, and from the folder of whoever names it or one above. A bare name
 * holds where any file has it.
 */
import { dirname, join, normalize } from 'node:path/posix';
import { commentsOf, paragraphsOf, type Passage } from './comments';
import { headingsOf, type Headings } from './headings';

export interface Project {
  /** Path from the root -> text, of everything that is searched; other files with null. '/'-separated. */
  files: ReadonlyMap<string, string | null>;
  /** Scripts of package.json. */
  scripts: ReadonlySet<string>;
  /** Names that are not files of the project: what programs write, what others' documents are called. */
  foreign: ReadonlySet<string>;
}

export interface Found {
  /** References looked at. */
  count: number;
  /** One line for each that leads nowhere: file, line, what is missing. */
  broken: string[];
}

/** Where a section without a document is meant to be. */
const specification = 'docs/method.md';

const roots = 'src|docs|scripts|bench|e2e|models|public';
const documentName = String.raw`(?:[\w.-]+\/)*[\w-]+\.md`;
const sectionList = String.raw`sections? (\d+(?:(?:,? and |, | to )\d+)*)`;
const patterns = {
  section: new RegExp(
    String.raw`(?:(${documentName}),? (?:end of )?)?\b${sectionList}(?: of (${documentName}))?`,
    'gi',
  ),
  heading: new RegExp(String.raw`(${documentName}), (?:"([^"]+)"|([A-Z]\w+))`, 'g'),
  file: /(?<![\w*/.<>{}$@-])(?:\.{0,2}\/)?(?:[\w.-]+\/)*[\w-]+(?:\.[\w-]+)*\.(?:tsx?|m[jt]s|md|py|wgsl|html)\b(?![\w(/])/g,
  folder: new RegExp(String.raw`(?<![\w*/.<>{}$@-])(?:${roots})\/(?:[\w-]+\/)*(?![\w.*<{$-])`, 'g'),
  link: /\]\(([^)\s]+)\)/g,
  command: /\bnpm run ([a-z][\w-]*)/g,
} as const;

/** "0 to 3", "2, 5 and 6" -> numbers. */
function numbersIn(list: string): number[] {
  const numbers = [...list.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  const [first = 0, last = 0] = numbers;
  return list.includes(' to ') ? Array.from({ length: last - first + 1 }, (_, i) => first + i) : numbers;
}

class Search {
  count = 0;
  readonly broken: string[] = [];
  private readonly headings = new Map<string, Headings>();
  private readonly folders: ReadonlySet<string>;
  private readonly names: ReadonlySet<string>;

  constructor(private readonly project: Project) {
    const paths = [...project.files.keys()];
    this.names = new Set(paths.map((path) => path.slice(path.lastIndexOf('/') + 1)));
    this.folders = new Set(paths.flatMap((path) => foldersOf(path)));
  }

  read(path: string, text: string): void {
    const isDocument = path.endsWith('.md');
    for (const passage of isDocument ? paragraphsOf(text) : commentsOf(text)) {
      this.sections(path, passage);
      this.named(path, passage);
      this.files(path, passage, isDocument);
      this.commands(path, passage);
      if (isDocument) this.links(path, passage);
    }
  }

  private each(passage: Passage, pattern: RegExp, take: (match: RegExpMatchArray, line: number) => void): void {
    for (const match of passage.text.matchAll(pattern)) take(match, passage.lines[match.index] ?? 0);
  }

  private judge(right: boolean, where: string, line: number, complaint: string): void {
    this.count += 1;
    if (!right) this.broken.push(`${where}:${line}: ${complaint}`);
  }

  private sections(path: string, passage: Passage): void {
    this.each(passage, patterns.section, ([, before, list = '', after], line) => {
      const document = this.resolve(path, before ?? after ?? specification);
      const missing = numbersIn(list).filter((n) => !this.headingsIn(document)?.sections.has(n));
      this.judge(
        missing.length === 0,
        path,
        line,
        `no section ${missing.join(', ')} in ${document ?? before ?? after}`,
      );
    });
  }

  private named(path: string, passage: Passage): void {
    this.each(passage, patterns.heading, ([, name = '', quoted, word], line) => {
      const title = quoted ?? word ?? '';
      const headings = this.headingsIn(this.resolve(path, name));
      this.judge(headings?.titles.has(title) ?? false, path, line, `no heading "${title}" in ${name}`);
    });
  }

  private files(path: string, passage: Passage, isDocument: boolean): void {
    // What a link leads to is looked at as a link.
    const prose = isDocument ? passage.text.replaceAll(patterns.link, (link) => ' '.repeat(link.length)) : passage.text;
    const own = { ...passage, text: prose.replaceAll(/https?:\/\/\S+/g, (address) => ' '.repeat(address.length)) };
    this.each(own, patterns.file, ([name], line) => {
      if (this.project.foreign.has(name)) return;
      this.judge(this.resolve(path, name) !== null, path, line, `no file ${name}`);
    });
    this.each(own, patterns.folder, ([name], line) =>
      this.judge(this.folders.has(name.slice(0, -1)), path, line, `no folder ${name}`),
    );
  }

  private commands(path: string, passage: Passage): void {
    this.each(passage, patterns.command, ([, name = ''], line) =>
      this.judge(this.project.scripts.has(name), path, line, `package.json has no script ${name}`),
    );
  }

  private links(path: string, passage: Passage): void {
    this.each(passage, patterns.link, ([, target = ''], line) => {
      if (/^[a-z]+:/i.test(target)) return;
      const [name = '', anchor] = target.split('#');
      const file = name === '' ? path : normalize(join(dirname(path), name));
      const exists = this.project.files.has(file) || this.folders.has(file.replace(/\/$/, ''));
      this.judge(exists, path, line, `link to ${target}, which does not exist`);
      if (exists && anchor !== undefined)
        this.judge(
          this.headingsIn(file)?.anchors.has(anchor) ?? false,
          path,
          line,
          `link to ${target}: no such heading`,
        );
    });
  }

  /** The file that `name` means in `path`, or null. */
  private resolve(path: string, name: string): string | null {
    if (!name.includes('/') && name !== 'README.md' && this.names.has(name)) {
      const beside = join(dirname(path), name);
      if (this.project.files.has(beside)) return beside;
      return [...this.project.files.keys()].find((file) => file.endsWith(`/${name}`) || file === name) ?? null;
    }
    const candidates = [name, `src/${name}`, ...foldersOf(path).map((folder) => `${folder}/${name}`)];
    return candidates.map((candidate) => normalize(candidate)).find((file) => this.project.files.has(file)) ?? null;
  }

  private headingsIn(document: string | null): Headings | null {
    if (document === null) return null;
    const known = this.headings.get(document);
    if (known) return known;
    const text = this.project.files.get(document);
    if (typeof text !== 'string') return null;
    const made = headingsOf(text);
    this.headings.set(document, made);
    return made;
  }
}

/** The folders that a file is in, outermost first. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}

export function searchReferences(project: Project): Found {
  const search = new Search(project);
  for (const [path, text] of project.files) if (text !== null) search.read(path, text);
  return { count: search.count, broken: search.broken };
}
