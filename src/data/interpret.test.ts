import { describe, expect, it } from 'vitest';
import { blockingError, interpretFolder } from './interpret';

const pictures = (folder: string, count: number, extension = 'png'): string[] =>
  Array.from({ length: count }, (_, i) => `${folder}/${i}.${extension}`);
const codes = (paths: string[]): string[] => interpretFolder(paths).warnings.map((warning) => warning.code);
const labelsByPath = (paths: string[]): Record<string, string | null> => {
  const reading = interpretFolder(paths);
  return Object.fromEntries(reading.items.map(({ index, label }) => [paths[index], reading.classes[label] ?? null]));
};

describe('interpretFolder', () => {
  it('takes the first folder as the class and says so in one sentence', () => {
    const reading = interpretFolder([
      ...pictures('pets/cat', 100),
      ...pictures('pets/dog', 50, 'JPG'),
      ...pictures('pets/unlabeled', 1234, 'webp'),
    ]);
    expect(reading.classes).toEqual(['cat', 'dog']);
    expect(reading.labeledPerClass).toEqual([100, 50]);
    expect(reading.unlabeledCount).toBe(1234);
    expect(reading.root).toBe('pets');
    expect(reading.sentence).toBe('2 classes, 150 labeled, 1,234 unlabeled');
    expect(reading.warnings).toEqual([]);
    expect(blockingError(reading)).toBeNull();
  });

  it('keeps the positions of the pictures in the list of paths', () => {
    const paths = ['a/readme.md', 'a/x/1.png', 'a/.DS_Store', 'a/y/2.gif', 'a/3.bmp', 'a/x/deep/er/4.avif'];
    expect(interpretFolder(paths).items).toEqual([
      { index: 1, label: 0 },
      { index: 3, label: 1 },
      { index: 4, label: -1 },
      { index: 5, label: 0 },
    ]);
  });

  it('knows the names of unlabeled folders in any case, and pictures at the root', () => {
    const paths = [
      'd/A/1.png',
      'd/B/1.png',
      'd/Unlabeled/1.png',
      'd/_UNLABELED/x/1.png',
      'd/Unknown/1.png',
      'd/loose.png',
      'd/unlabeled cats/1.png',
    ];
    expect(labelsByPath(paths)).toEqual({
      'd/A/1.png': 'A',
      'd/B/1.png': 'B',
      'd/Unlabeled/1.png': null,
      'd/_UNLABELED/x/1.png': null,
      'd/Unknown/1.png': null,
      'd/loose.png': null,
      'd/unlabeled cats/1.png': 'unlabeled cats',
    });
  });

  it('strips all folders that the pictures share, and none where several were dropped', () => {
    expect(interpretFolder(['x/y/z/cat/1.png', 'x/y/z/dog/1.png', 'x/notes.txt']).root).toBe('x/y/z');
    const dropped = interpretFolder(['cat/1.png', 'dog/a/1.png', './dog/b/1.png']);
    expect([dropped.root, dropped.classes]).toEqual(['', ['cat', 'dog']]);
  });

  it('reads a folder of folders of folders by the outermost that differs', () => {
    const paths = ['set/animals/cat/tabby/1.png', 'set/animals/dog/1.png', 'set/plants/rose/1.png'];
    expect(interpretFolder(paths).classes).toEqual(['animals', 'plants']);
  });

  it('looks through train and test folders', () => {
    const paths = [
      'set/train/cat/1.png',
      'set/train/dog/1.png',
      'set/test/cat/2.png',
      'set/unlabeled/3.png',
      'set/train/unlabeled/4.png',
    ];
    const reading = interpretFolder(paths);
    expect([reading.classes, reading.labeledPerClass, reading.unlabeledCount, reading.layout]).toEqual([
      ['cat', 'dog'],
      [2, 1],
      2,
      'splits',
    ]);
    expect(reading.warnings.map((warning) => warning.code)).toContain('splits-merged');
    expect(interpretFolder(['set/train/cat/1.png', 'set/train/dog/1.png']).classes).toEqual(['cat', 'dog']);
    expect(interpretFolder(['set/train/1.png', 'set/test/1.png']).classes).toEqual([]);
  });

  it('sorts class names as people do', () => {
    const paths = ['img10', 'img2', 'Img1', 'b', 'ä', 'A'].map((name) => `s/${name}/1.png`);
    expect(interpretFolder(paths).classes).toEqual(['A', 'ä', 'b', 'Img1', 'img2', 'img10']);
    expect(interpretFolder(['s/a/1.png', 's/A/1.png']).classes).toEqual(
      interpretFolder(['s/A/1.png', 's/a/1.png']).classes,
    );
  });

  it('leaves out what is no picture, each with its reason', () => {
    const paths = [
      's/a/1.png',
      's/b/1.png',
      's/.git/a.png',
      's/__MACOSX/a/._1.png',
      's/a/Thumbs.db',
      's/a/.hidden.png',
      's/labels.csv',
      's/a/x.PSD',
      's/c/',
    ];
    const reading = interpretFolder(paths);
    expect(reading.classes).toEqual(['a', 'b']);
    expect(reading.ignored).toEqual([
      { path: 's/.git/a.png', reason: 'hidden' },
      { path: 's/__MACOSX/a/._1.png', reason: 'made by macOS, holds no pictures' },
      { path: 's/a/Thumbs.db', reason: 'made by the system' },
      { path: 's/a/.hidden.png', reason: 'hidden' },
      { path: 's/labels.csv', reason: 'not a picture' },
      { path: 's/a/x.PSD', reason: 'a project of a drawing program; export it as PNG' },
      { path: 's/c/', reason: 'an empty folder' },
    ]);
    expect(reading.sentence).toBe('2 classes, 2 labeled, 0 unlabeled, 7 files left out');
  });
});

describe('warnings', () => {
  it('stops at nothing at all and at no labels, with what to do', () => {
    for (const [paths, code] of [
      [[], 'folder-empty'],
      [['a/readme.txt', 'a/b/'], 'folder-empty'],
      [pictures('photos', 30), 'no-labels'],
      [[...pictures('photos/unlabeled', 3), 'photos/x.png'], 'no-labels'],
    ] as const) {
      const reading = interpretFolder(paths);
      expect(reading.warnings.map((warning) => [warning.code, warning.blocking])).toEqual([[code, true]]);
      const error = blockingError(reading);
      expect(error?.info.code).toBe(code);
      expect(error?.info.action).toMatch(/drop/);
    }
  });

  it('lets one class be trained on, and says what that means for pictures without a label', () => {
    const reading = interpretFolder([...pictures('photos/cat', 30), ...pictures('photos/unlabeled', 300)]);
    expect(reading.warnings.map((warning) => [warning.code, warning.blocking])).toEqual([['one-class', false]]);
    expect(reading.warnings[0]?.why).toContain('taken to be of it');
    expect(interpretFolder(pictures('photos/cat', 200)).warnings[0]?.why).not.toContain('taken to be of it');
    expect(blockingError(reading)).toBeNull();
  });

  it('names the one class and the classes with one or two pictures', () => {
    expect(interpretFolder(pictures('photos/cat', 30)).warnings[0]?.text).toContain('“cat”');
    const reading = interpretFolder([
      ...pictures('s/a', 200),
      ...pictures('s/b', 2),
      ...pictures('s/c', 1),
      ...pictures('s/d', 3),
    ]);
    expect(reading.warnings.map((warning) => [warning.code, warning.blocking])).toEqual([['small-class', false]]);
    expect(reading.warnings[0]?.text).toContain('2 classes have only one or two labeled pictures: “b”, “c”');
  });

  it('calls few images few, unlabeled ones counted', () => {
    expect(codes([...pictures('s/a', 70), ...pictures('s/b', 79)])).toEqual(['few-images']);
    expect(codes([...pictures('s/a', 70), ...pictures('s/b', 80)])).toEqual([]);
    expect(codes([...pictures('s/a', 70), ...pictures('s/b', 4), ...pictures('s/unlabeled', 76)])).toEqual([]);
    const nineClasses = Array.from({ length: 9 }, (_, k) => pictures(`s/k${k}`, 20)).flat();
    expect(codes(nineClasses)).toEqual(['few-images']);
  });

  it('questions hundreds of classes', () => {
    const paths = Array.from({ length: 200 }, (_, k) => pictures(`s/${k}`, 25)).flat();
    expect(codes(paths)).toEqual(['many-classes']);
    expect(codes(paths.filter((path) => !path.startsWith('s/7/')))).toEqual([]);
  });
});

it('reads 100,000 paths with every picture accounted for', () => {
  const paths = Array.from({ length: 100_000 }, (_, i) =>
    i % 5 === 0 ? `big/class ${i % 97}/${i}.jpg` : `big/unlabeled/${i % 300}/${i}.jpg`,
  );
  const reading = interpretFolder(paths);
  expect(reading.items).toHaveLength(100_000);
  expect(reading.classes).toHaveLength(97);
  expect(reading.sentence).toBe('97 classes, 20,000 labeled, 80,000 unlabeled');
});
