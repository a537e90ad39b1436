/** Comments and documents refer to what exists, and every kind of reference that leads nowhere is found. */
import { describe, expect, it } from 'vitest';
import { headingsOf } from './headings';
import { readProject } from './projectFiles';
import { searchReferences, type Project } from './references';

const method = '# Method\n\n## Notation\n\n## 0. Features\n\n## 1. Labels\n\n### `tiny`, and others\n';

/** A project of a method, one source and one document. */
function project(source: string, document = '# Read me\n'): Project {
  return {
    files: new Map([
      ['docs/method.md', method],
      ['docs/picture.png', null],
      ['src/lcp/labels/infer.ts', `${source}\nexport const x = 1;\n`],
      ['src/lcp/README.md', document],
    ]),
    scripts: new Set(['bench']),
    foreign: new Set(['ablation.md']),
  };
}

const brokenIn = (source: string): string[] => searchReferences(project(source)).broken;
const brokenInDocument = (document: string): string[] => searchReferences(project('', document)).broken;

describe('references of the project', () => {
  const { files, ...rest } = readProject();

  it('lead somewhere', () => {
    const { count, broken } = searchReferences({ files, ...rest });
    expect(broken).toEqual([]);
    expect(count).toBeGreaterThan(400);
  });

  it('keep the numbers by which the code cites the method', () => {
    const { sections } = headingsOf(files.get('docs/method.md') ?? '');
    expect([...sections]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('stand in documents whose lines fit into 120 columns, but for the tables of model cards', () => {
    const mayBeWide = (path: string, line: string): boolean => path.startsWith('models/') && line.startsWith('|');
    const wide = [...files].flatMap(([path, text]) =>
      path.endsWith('.md') && text !== null
        ? text
            .split('\n')
            .flatMap((line, i) => ([...line].length > 120 && !mayBeWide(path, line) ? [`${path}:${i + 1}`] : []))
        : [],
    );
    expect(wide).toEqual([]);
  });
});

describe('searchReferences', () => {
  it('takes what exists, wrapped or not', () => {
    const right = [
      '// See docs/method.md, section 1, sections 0 and 1 of docs/method.md, and docs/method.md, Notation.',
      '/**\n * Labels (docs/method.md,\n * section 1; more in docs/method.md,\n * sections 0 to 1).\n */',
      '// `infer.ts`, labels/infer.ts, src/lcp/labels/infer.ts, all in src/lcp/labels/; README.md; npm run bench.',
      'const a = 1; // section 1, as it stands',
      '// What is written to ablation.md; globs such as src/**/*.test.ts; https://example.org/other.md',
    ];
    expect(right.flatMap(brokenIn)).toEqual([]);
    expect(
      brokenInDocument(
        '[m](../../docs/method.md#tiny-and-others) [n](#here) ![p](../../docs/picture.png)\n\n## Here\n',
      ),
    ).toEqual([]);
  });

  it.each([
    ['a document', '// as docs/other.md says', 'no file docs/other.md'],
    ['a section', '// docs/method.md, section 2', 'no section 2 in docs/method.md'],
    ['a section without document', 'f(); // section 7 says so', 'no section 7 in docs/method.md'],
    ['a wrapped section', '/**\n * (docs/method.md,\n * sections 0 and 4)\n */', 'no section 4 in docs/method.md'],
    ['a range', '// sections 0 to 2 of docs/method.md', 'no section 2 in docs/method.md'],
    ['a heading', '// docs/method.md, "Signs"', 'no heading "Signs" in docs/method.md'],
    ['a heading by its word', '// docs/method.md, Signs', 'no heading "Signs" in docs/method.md'],
    ['a file', '// see src/lcp/infer.ts', 'no file src/lcp/infer.ts'],
    ['a bare name', '// `gone.ts` does it', 'no file gone.ts'],
    ['a folder', '// kernels in src/gpu/', 'no folder src/gpu/'],
    ['a command', '// npm run nothing', 'package.json has no script nothing'],
  ])('finds %s that does not exist', (_, source, complaint) => {
    const found = brokenIn(source);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^src\/lcp\/labels\/infer\.ts:\d+: /);
    expect(found[0]).toContain(complaint);
  });

  it.each([
    ['a link', '[m](../docs/method.md)', 'link to ../docs/method.md, which does not exist'],
    ['a link out of the project', '[m](../../../elsewhere.md)', 'link to ../../../elsewhere.md, which does not exist'],
    ['an image', '![p](picture.png)', 'link to picture.png, which does not exist'],
    ['an anchor', '[m](../../docs/method.md#9-ablations)', 'no such heading'],
    ['an anchor of its own', '[here](#there)', 'no such heading'],
    ['a file in code', 'run `node scripts/nothing.mjs`', 'no file scripts/nothing.mjs'],
  ])('finds %s of a document that leads nowhere', (_, document, complaint) => {
    const found = brokenInDocument(document);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(complaint);
  });

  it('tells the line', () => {
    expect(brokenIn('const a = 1;\n/**\n * One line,\n * then section 5.\n */')).toEqual([
      'src/lcp/labels/infer.ts:4: no section 5 in docs/method.md',
    ]);
  });
});
