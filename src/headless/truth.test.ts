import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readTrueClasses } from './truth';

const folder = mkdtempSync(join(tmpdir(), 'truth-'));
afterAll(() => rmSync(folder, { recursive: true }));
const paths = ['set/unlabeled/c0.png', 'set/unlabeled/d0.png', 'set/cat/1.png'];
const expected = new Map([
  ['set/unlabeled/c0.png', 'cat'],
  ['set/unlabeled/d0.png', 'dog'],
]);
const plain = 'path,class\nunlabeled/c0.png,cat\nunlabeled/d0.png,dog\n';

it.each([
  ['lines that end in LF', plain],
  ['lines that end in CR LF', plain.replaceAll('\n', '\r\n')],
  [
    'a byte-order mark and quotes',
    '\ufeff"path","class"\r\n"unlabeled/c0.png","cat"\r\n"unlabeled/d0.png","dog"\r\n\r\n',
  ],
  ['semicolons', plain.replaceAll(',', ';')],
  ['tabs, no last line end', plain.replaceAll(',', '\t').trimEnd()],
  [
    'columns the other way round, spaces, another case',
    'Class , Path\nCat , unlabeled\\c0.png\nDOG, unlabeled\\d0.png\n',
  ],
  ['another beginning of the paths', plain.replaceAll('unlabeled/', '/home/me/set/unlabeled/')],
  ['no header', plain.slice(plain.indexOf('\n') + 1)],
])('reads the same from %s', (_, text) => {
  const file = join(folder, 'truth.csv');
  writeFileSync(file, text);
  expect(readTrueClasses(file, paths, ['cat', 'dog'])).toEqual(expected);
});

it('reads UTF-16 as spreadsheets save it', () => {
  const file = join(folder, 'truth.csv');
  writeFileSync(file, Buffer.from(`\ufeff${plain}`, 'utf16le'));
  expect(readTrueClasses(file, paths)).toEqual(expected);
});

it('says so where a file is about other pictures', () => {
  const file = join(folder, 'truth.csv');
  writeFileSync(file, 'path,class\nx.png,cat\n');
  expect(() => readTrueClasses(file, paths)).toThrow(/none of the pictures/);
});
