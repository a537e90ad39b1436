/** The shapes in which people have their pictures, by what each is to be read as. Other members of each kind, too. */
import { describe, expect, it } from 'vitest';
import { interpretFolder, type InterpretOptions } from '../interpret';

type Tree = { [name: string]: Tree | number | string[] };

/** A number stands for that many pictures, a list for files of these names. */
function pathsOf(tree: Tree, under = ''): string[] {
  return Object.entries(tree).flatMap(([name, value]) => {
    const path = under === '' ? name : `${under}/${name}`;
    if (Array.isArray(value)) return value.map((each) => `${path}/${each}`);
    if (typeof value === 'number') return Array.from({ length: value }, (_, i) => `${path}/${i}.png`);
    return pathsOf(value, path);
  });
}

const read = (tree: Tree, options: InterpretOptions = {}) => {
  const reading = interpretFolder(pathsOf(tree), options);
  return {
    classes: reading.classes,
    labeled: reading.labeledPerClass,
    unlabeled: reading.unlabeledCount,
    codes: reading.warnings.map(({ code }) => code).filter((code) => !/few-images|small-class/.test(code)),
    reading,
  };
};
const running = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `img${String(from + i).padStart(8, '0')}.png`);

describe('folders that are parts of a data set', () => {
  it('dates are no classes, be they years of months or days', () => {
    const filed = read({ photos: { '2021': { '01': 3, '02': 3 }, '2022': { '01-Jan': 3, March: 3 } } });
    expect([filed.classes, filed.unlabeled, filed.codes]).toEqual([[], 12, ['no-labels', 'shards-joined']]);
    expect(read({ export: { '2024-03-05': 3, '2024-03-06': 3 } }).classes).toEqual([]);
    // A month that stands beside other things is one of them.
    expect(read({ moods: { march: 3, walk: 3 } }).classes).toEqual(['march', 'walk']);
  });

  it('masks of defects lie beside the parts of a data set', () => {
    const bottle = read({
      bottle: {
        train: { good: 3 },
        test: { good: 2, crack: 2, dent: 2 },
        ground_truth: { crack: ['000_mask.png'], dent: ['000_mask.png'] },
      },
    });
    expect([bottle.classes, bottle.labeled]).toEqual([
      ['crack', 'dent', 'good'],
      [2, 2, 5],
    ]);
    expect(bottle.codes).toContain('masks-left-out');
  });

  it.each<[string, Tree, string[], number]>([
    ['train with classes, test without', { set: { train: { cat: 3, dog: 3 }, test: 4 } }, ['cat', 'dog'], 4],
    ['any case and spelling', { set: { Training: { a: 2, b: 2 }, TESTING: { a: 1, b: 1 } } }, ['a', 'b'], 0],
    ['validation, too', { s: { train: { a: 2, b: 1 }, valid_set: { a: 1 }, 'test-images': 3 } }, ['a', 'b'], 3],
    ['years in their names', { s: { train2017: { a: 2, b: 1 }, val2017: { a: 1, b: 1 } } }, ['a', 'b'], 0],
    [
      'a part in a folder of its own name',
      {
        s: {
          seg_train: { seg_train: { sea: 2, ice: 2 } },
          seg_test: { seg_test: { sea: 1, ice: 1 } },
          seg_pred: { seg_pred: 5 },
        },
      },
      ['ice', 'sea'],
      5,
    ],
    [
      'a wrapper around them',
      { s: { dataset: { images: { train: { a: 1, b: 1 }, val: { a: 1, b: 1 } } } } },
      ['a', 'b'],
      0,
    ],
    ['wrappers inside them', { s: { train: { images: { a: 1, b: 1 } }, test: { images: 3 } } }, ['a', 'b'], 3],
    ['unlabeled beside them', { s: { train: { a: 1, b: 1, unlabeled: 2 }, unlabeled: 3 } }, ['a', 'b'], 5],
    ['parts with other words in their names', { m: { bounding_box_train: 3, query: 2 } }, [], 5],
    ['pictures to try it on', { s: { training_set: { a: 2, b: 2 }, single_prediction: 2 } }, ['a', 'b'], 2],
    ['the set once more in a folder of its own name', { P: { a: 2, b: 2, P: { a: 1, b: 1 } } }, ['a', 'b'], 0],
    ['the set once more under another name', { s: { yes: 2, no: 2, tumor_set: { yes: 1, no: 1 } } }, ['no', 'yes'], 0],
    ['sizes', { s: { '128x128': { a: 2, b: 2 }, '256x256': { a: 1, b: 1 } } }, ['a', 'b'], 0],
    ['only a part', { s: { train: { a: 1, b: 1 } } }, ['a', 'b'], 0],
    [
      'the same set twice, nested',
      { chest: { chest: { train: { ill: 2, well: 2 } }, train: { ill: 2, well: 2 }, test: { ill: 1, well: 1 } } },
      ['ill', 'well'],
      0,
    ],
    [
      'things beside the parts',
      { fruits: { Training: { apple: 2, pear: 2 }, Test: { apple: 1, pear: 1 }, papers: 3 } },
      ['apple', 'pear'],
      3,
    ],
    ['several dropped at once', { train: { a: 1, b: 1 }, test: { a: 1, b: 1 } }, ['a', 'b'], 0],
    [
      'folders that share their folders',
      { s: { '2019': { cat: 2, dog: 2 }, '2020': { cat: 1, dog: 1 }, '2021': { dog: 1 } } },
      ['cat', 'dog'],
      0,
    ],
    ['folds', { s: { fold1: { a: 1, b: 1 }, fold2: { a: 1, b: 2 } } }, ['a', 'b'], 0],
    [
      'shards of different classes',
      { s: { 'part-1': { a: 1, b: 2 }, 'part-2': { c: 1, d: 1 } } },
      ['a', 'b', 'c', 'd'],
      0,
    ],
  ])('%s', (_, tree, classes, unlabeled) => {
    const found = read(tree);
    expect([found.classes, found.unlabeled]).toEqual([classes, unlabeled]);
  });

  it('without classes in them there are no labels, and that is said with what to do', () => {
    for (const tree of [{ s: { train: 3, test: 3 } }, { s: { train: { images: 3 }, val: { images: 2 } } }] as Tree[]) {
      const { classes, reading } = read(tree);
      expect(classes).toEqual([]);
      expect(reading.warnings[0]).toMatchObject({ code: 'no-labels', blocking: true });
      expect(reading.warnings[0]?.action).toContain('folder');
    }
    expect(read({ s: { train: 3, test: 3 } }).reading.warnings[0]?.why).toContain('“train”');
  });

  it('shards of one long list are no classes; numbers that begin anew are', () => {
    const shards = read({ s: { '00000': running(0, 3), '00001': running(3, 3), '00002': running(6, 2) } });
    expect([shards.classes, shards.unlabeled, shards.codes]).toEqual([[], 8, ['no-labels', 'shards-joined']]);
    expect(read({ s: { '00000': 3, '00001': 3 } }).classes).toEqual(['00000', '00001']);
    expect(read({ s: { shard_0: 3, shard_1: 3 } }).classes).toEqual([]);
  });
});

describe('folders that are classes', () => {
  it.each<[string, Tree, string[]]>([
    ['vehicles, of which one is a train', { s: { car: 2, train: 2, bus: 2 } }, ['bus', 'car', 'train']],
    ['classes with parts inside', { s: { cat: { train: 2, test: 1 }, dog: { train: 2, test: 1 } } }, ['cat', 'dog']],
    ['classes with a wrapper inside', { s: { cat: { images: 2 }, dog: { images: 2 } } }, ['cat', 'dog']],
    [
      'classes in several sizes',
      { s: { cat: { '64x64': 2, '128x128': 2 }, dog: { '64x64': 2, '128x128': 2 } } },
      ['cat', 'dog'],
    ],
    ['classes filed by year', { s: { cat: { '2019': 2, '2020': 2 }, dog: { '2019': 2, '2020': 2 } } }, ['cat', 'dog']],
    [
      'albums beside what a phone files by year',
      { Takeout: { 'Fotos von 2021': 3, Rom: 2, Paris: 2 } },
      ['Paris', 'Rom'],
    ],
    ['a class in the name of each part', { s: { trainA: 2, trainB: 2, testA: 1, testB: 1 } }, ['a', 'b']],
    ['digits', { s: { '0': 2, '1': 2, '2': 2 } }, ['0', '1', '2']],
    ['photos against drawings', { s: { photos: 2, drawings: 2 } }, ['drawings', 'photos']],
    [
      'classes with different folders inside',
      { s: { animals: { cat: 1, dog: 1 }, plants: { rose: 1 } } },
      ['animals', 'plants'],
    ],
    ['one class', { s: { cat: 4 } }, ['cat']],
    ['one class in a wrapper', { s: { data: { cat: 4 } } }, ['cat']],
    ['one class, and others without a label', { s: { cat: 4, unlabeled: 9 } }, ['cat']],
    ['one class with parts', { s: { cat: { train: 3, test: 1 } } }, ['cat']],
    ['a wrapper beside unlabeled', { s: { pets: { cat: 1, dog: 1 }, unlabeled: 9 } }, ['cat', 'dog']],
    ['all of it in a folder of unsorted pictures', { unsorted: { cat: 2, dog: 2 } }, ['cat', 'dog']],
    ['unlabeled in other languages', { s: { Katze: 2, Hund: 2, '99 - unsortiert': 2, 未分類: 2 } }, ['Hund', 'Katze']],
    ['letters of two cases', { s: { a: 1, A: 1, b: 1, B: 1 } }, ['A', 'a', 'B', 'b']],
  ])('%s', (_, tree, classes) => expect(read(tree).classes).toEqual(classes));

  it('masks beside the pictures are left out, with the reason', () => {
    const { classes, labeled, reading } = read({
      s: { Normal: { images: 3, masks: 3 }, Ill: { images: 2, masks: 2 } },
    });
    expect([classes, labeled]).toEqual([
      ['Ill', 'Normal'],
      [2, 3],
    ]);
    expect(reading.ignored).toHaveLength(5);
    expect(reading.ignored[0]?.reason).toContain('masks');
  });

  it('masks among the pictures are left out, and said', () => {
    const { classes, labeled, codes, reading } = read({
      s: {
        benign: ['benign (1).png', 'benign (1)_mask.png', 'benign (1)_mask_1.png', 'halloween_mask.png'],
        normal: ['normal (1).png', 'normal (1)_mask.png'],
        tumor: ['image.png', 'mask.png'],
      },
    });
    expect([classes, labeled, codes]).toEqual([['benign', 'normal', 'tumor'], [2, 1, 1], ['mask-files']]);
    expect(reading.ignored.map(({ path }) => path)).toEqual([
      's/benign/benign (1)_mask.png',
      's/benign/benign (1)_mask_1.png',
      's/normal/normal (1)_mask.png',
      's/tumor/mask.png',
    ]);
  });

  it('names in two Unicode forms or two cases are one class', () => {
    const { classes, labeled, codes } = read({
      train: { ['Cafe\u0301']: 3, Tea: 3 },
      test: { ['Caf\u00e9']: 3, tea: 2, ' Tea ': 1 },
    });
    expect([classes, labeled]).toEqual([
      ['Caf\u00e9', 'Tea'],
      [6, 6],
    ]);
    expect(codes).toContain('case-joined');
  });
});

describe('names that do not hide', () => {
  it('a hidden folder that holds everything hides nothing', () => {
    expect(read({ '.data': { cat: 2, dog: 2 } }).classes).toEqual(['cat', 'dog']);
    expect(read({ s: { '.cache': { cat: 2, dog: 2 } } }).classes).toEqual(['cat', 'dog']);
    expect(read({ s: { '.thumbs': 2, cat: 2, dog: 2 } }).reading.ignored).toHaveLength(2);
  });
});

describe('labels in file names', () => {
  it.each<[string, string[], string[]]>([
    ['a name, a dot, a number', ['cat.0.jpg', 'cat.1.jpg', 'dog.0.jpg', 'dog.1.jpg'], ['cat', 'dog']],
    ['numbered by Windows', ['cat (1).jpg', 'cat (2).jpg', 'dog (1).jpg', 'dog (2).jpg'], ['cat', 'dog']],
    [
      'breeds of several words',
      ['great_dane_1.jpg', 'great_dane_2.jpg', 'pug_10.jpg', 'pug_11.jpg'],
      ['great dane', 'pug'],
    ],
    ['the number first', ['0_frog.png', '1_frog.png', '2_ship.png', '3_ship.png'], ['frog', 'ship']],
    ['no separator', ['cat1.png', 'cat2.png', 'dog1.png', 'dog22.png'], ['cat', 'dog']],
  ])('%s: offered, and taken when asked for', (_, files, classes) => {
    const offered = read({ s: files });
    expect([offered.classes, offered.reading.offer?.classes]).toEqual([[], classes]);
    expect(offered.codes).toEqual(['no-labels', 'labels-in-names']);
    expect(read({ s: files }, { labelsFrom: 'names' }).classes).toEqual(classes);
  });

  it('are offered against one folder that holds all, too', () => {
    const tree: Tree = {
      s: { 'dogs-vs-cats': { train: ['cat.0.jpg', 'cat.1.jpg', 'dog.0.jpg', 'dog.1.jpg'], test: 3 } },
    };
    const found = read(tree);
    expect([found.classes, found.reading.offer?.classes]).toEqual([['dogs-vs-cats'], ['cat', 'dog']]);
    const named = read(tree, { labelsFrom: 'names' });
    expect([named.classes, named.labeled, named.unlabeled]).toEqual([['cat', 'dog'], [2, 2], 3]);
  });

  it.each([
    [['IMG_0001.jpg', 'IMG_0002.jpg', 'DSC_0001.jpg', 'DSC_0002.jpg']],
    [['0001.png', '0002.png', '0003.png', '0004.png']],
    [['sunday.png', 'monday.png', 'beach.png', 'us.png']],
    [['cat1.png', 'cat2.png', 'cat3.png', 'cat4.png']],
  ])('names without labels are not offered: %s', (files) => {
    expect(read({ s: files }).reading.offer).toBeNull();
  });
});

describe('corrections', () => {
  const tree: Tree = { s: { a: 2, b: 3, c: 4 } };

  it('rename, join, take the label away, leave out', () => {
    const { classes, labeled, unlabeled, reading } = read(tree, {
      corrections: { 's/a': { as: 'class', name: 'x' }, 's/b': { as: 'class', name: 'x' }, 's/c': { as: 'unlabeled' } },
    });
    expect([classes, labeled, unlabeled]).toEqual([['x'], [5], 4]);
    expect(reading.groups).toContainEqual({ path: 's/c', role: { as: 'unlabeled' }, count: 4 });
    const left = read(tree, { corrections: { 's/c': { as: 'ignored' } } });
    expect([left.classes, left.reading.ignored.length]).toEqual([['a', 'b'], 4]);
    expect(left.reading.ignored[0]).toEqual({ path: 's/c/0.png', reason: 'left out by you' });
  });

  it('parts may be classes after all, and a class be looked through', () => {
    const split: Tree = { s: { train: { x: 1, y: 1 }, test: { x: 1, y: 1 } } };
    const asClasses = { 's/train': { as: 'class', name: 'train' }, 's/test': { as: 'class', name: 'test' } } as const;
    expect(read(split, { corrections: asClasses }).classes).toEqual(['test', 'train']);
    expect(read({ s: { a: { p: 1, q: 1 }, b: 2 } }, { corrections: { 's/a': { as: 'through' } } }).classes).toEqual([
      'b',
      'p',
      'q',
    ]);
    expect(read({ s: ['1.png', '2.png'] }, { corrections: { 's/*': { as: 'class', name: 'z' } } }).classes).toEqual([
      'z',
    ]);
  });
});

it('folders in a class that may be classes are told, until a person has said what they are', () => {
  const set = { s: { pets: { cat: 3, dog: 3 }, holiday: 3 } };
  const asked = read(set);
  expect([asked.classes, asked.codes]).toEqual([['holiday', 'pets'], ['folders-inside']]);
  expect(read(set, { corrections: { 's/pets': { as: 'class', name: 'pets' } } }).codes).toEqual([]);
  expect(read(set, { corrections: { 's/pets': { as: 'through' } } }).classes).toEqual(['cat', 'dog', 'holiday']);
  expect(read({ s: { cat: { '2023': 3, '2024': 3 }, dog: 3 } }).codes).toEqual([]);
});

it('a tree made to hurt is read in linear time', () => {
  const deep = Array.from({ length: 60 }, (_, i) => `d${i}`).join('/');
  const wide = Array.from({ length: 20_000 }, (_, i) => `w/${i}/${i % 7}/x.png`);
  const paths = [...wide, `${deep}/1.png`, `${'x/'.repeat(5000)}1.png`, `${'n'.repeat(10_000_000)}.png`];
  const reading = interpretFolder(paths);
  expect(reading.items).toHaveLength(20_001);
  expect(reading.ignored.map(({ reason }) => reason)).toEqual([
    'its name is longer than a name can be',
    'its name is longer than a name can be',
  ]);
});
