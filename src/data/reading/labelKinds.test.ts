/**
 * Label files as public data sets and tools for annotation have them, beside pictures that nobody decodes here: what
 * each picture is, and what a person is told.
 */
import { describe, expect, it } from 'vitest';
import { factsOf } from '../facts';
import { interpretFolder, type InterpretOptions } from '../interpret';

type Contents = Record<string, string>;

/** Empty pictures: their names tell what they are. */
const some = (path: (i: number) => string, count = 4): Contents =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [path(i), '']));
const lines = (line: (i: number) => string, count = 4): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');
const pet = (i: number): string => (i % 2 === 0 ? 'cat' : 'dog');

async function read(contents: Contents, options: InterpretOptions = {}) {
  const files = Object.entries(contents).map(([path, text]) => ({ path: `set/${path}`, file: new Blob([text]) }));
  const reading = interpretFolder(
    files.map(({ path }) => path),
    { ...(await factsOf(files)), ...options },
  );
  return {
    labeled: Object.fromEntries(reading.classes.map((name, c) => [name, reading.labeledPerClass[c]])),
    unlabeled: reading.unlabeledCount,
    codes: reading.warnings
      .map(({ code }) => code)
      .filter((code) => !/few-images|small-class|labels-from-file|splits-merged|one-class/.test(code)),
    leftOut: reading.ignored,
    text: reading.warnings.map(({ text, why }) => `${text} ${why}`).join('\n'),
    traits: reading.notes.traits?.traits.map(({ name, having, lacking }) => [name, having, lacking]),
  };
}

const cub = {
  ...some((i) => `images/bird_${i}.jpg`),
  'images.txt': lines((i) => `${i + 1} bird_${i}.jpg`),
  'image_class_labels.txt': lines((i) => `${i + 1} ${1 + (i % 2)}`),
  'classes.txt': '1 Albatross\n2 Sparrow\n',
  'train_test_split.txt': lines((i) => `${i + 1} ${i % 2}`),
};
const voc = (name: string): string => `<annotation><object><name>${name}</name></object></annotation>`;
const shapes = (...labels: string[]): string =>
  JSON.stringify({ flags: {}, shapes: labels.map((label) => ({ label, points: [] })), imagePath: '..\\raw\\x.jpg' });

const bothPets = { cat: 2, dog: 2 };

describe('labels in files', () => {
  it.each<[string, Contents, Record<string, number>, number, string[]]>([
    [
      'numbers, and a JSON of any name that says what they mean',
      {
        ...some((i) => `train_images/${i}.jpg`),
        'train.csv': `image_id,label\n${lines((i) => `${i}.jpg,${i % 2}`)}`,
        'label_num_to_disease_map.json': '{"0": "Blight (CBB)", "1": "Healthy"}',
        'config.json': '{"epochs": 3}',
      },
      { 'Blight (CBB)': 2, Healthy: 2 },
      0,
      [],
    ],
    [
      'numbers, and a table of names beside pictures that are called by numbers, too',
      {
        ...some((i) => `img/${i}.jpg`),
        'labels.csv': `image,class_id\n${lines((i) => `${i}.jpg,${i % 2}`)}`,
        'classes.csv': 'class_id,class_name\n0,cat\n1,dog\n',
      },
      bothPets,
      0,
      [],
    ],
    [
      'a label map of TensorFlow',
      {
        ...some((i) => `${i}.jpg`),
        'labels.csv': `image,label\n${lines((i) => `${i}.jpg,${1 + (i % 2)}`)}`,
        'label_map.pbtxt': "item {\n id: 1\n name: 'cat'\n}\nitem {\n id: 2\n name: 'dog'\n}\n",
      },
      bothPets,
      0,
      [],
    ],
    [
      'Open Images: short names, and their descriptions without a header',
      {
        ...some((i) => `train/${i}abc.jpg`),
        'imagelabels.csv': `ImageID,Source,LabelName,Confidence\n${lines((i) => `${i}abc,verification,/m/01${i % 2},1`)}`,
        'class-descriptions.csv': '/m/010,cat\n/m/011,dog\n',
      },
      bothPets,
      0,
      [],
    ],
    ['CUB: numbers of pictures, numbers of classes, names', cub, { Albatross: 2, Sparrow: 2 }, 0, []],
    [
      'Tiny ImageNet: a word among numbers, without a header',
      {
        ...some((i) => `val/images/val_${i}.JPEG`, 6),
        'val/val_annotations.txt': lines((i) => `val_${i}.JPEG\tn0${i % 2}\t0\t${i % 3}\t6\t6`, 6),
        'words.txt': 'n00\tcat\nn01\tdog, hound\nn02\tcow\n',
      },
      { cat: 3, 'dog, hound': 3 },
      0,
      [],
    ],
    [
      'AutoML: the part of the set first',
      { ...some((i) => `${i}.jpg`), 'all.csv': lines((i) => `TRAIN,gs://b/${i}.jpg,${pet(i)}`) },
      bothPets,
      0,
      [],
    ],
    [
      'Vertex: JSON lines with names inside of records',
      {
        ...some((i) => `${i}.jpg`),
        'import.jsonl': lines((i) =>
          JSON.stringify({ imageGcsUri: `gs://b/${i}.jpg`, classificationAnnotation: { displayName: pet(i) } }),
        ),
      },
      bothPets,
      0,
      [],
    ],
    [
      'findings, of which some are several',
      {
        ...some((i) => `${i}.png`, 5),
        'Data.csv': `Image Index,Finding Labels,Patient ID\n${lines((i) => `${i}.png,${['Mass', 'No Finding', 'Mass|Nodule', 'No Finding', 'Mass'][i]},${i}`, 5)}`,
      },
      { Mass: 2, 'No Finding': 2 },
      1,
      ['labels-several'],
    ],
    [
      'several labels apart by a space, each also alone',
      {
        ...some((i) => `${i}.png`, 5),
        'train.csv': `image,labels\n${lines((i) => `${i}.png,${['scab', 'rust', 'scab rust', 'rust', 'scab'][i]}`, 5)}`,
      },
      { rust: 2, scab: 2 },
      1,
      ['labels-several'],
    ],
    [
      'a column a class, with gaps and doubts',
      {
        ...some((i) => `p${i}/study1/view.jpg`),
        'train.csv': `Path,Sex,Age,No Finding,Edema,Mass\n${lines((i) => `p${i}/study1/view.jpg,Male,50,${i % 2 ? '1.0' : ''},${i % 2 ? '' : '1.0'},${i === 3 ? '-1.0' : ''}`)}`,
      },
      { Edema: 2, 'No Finding': 2 },
      0,
      [],
    ],
    [
      'Pascal VOC with masks and with lists for one class',
      {
        ...some((i) => `JPEGImages/a${i}.jpg`),
        ...Object.fromEntries([0, 1, 2, 3].map((i) => [`Annotations/a${i}.xml`, voc(pet(i))])),
        'ImageSets/Main/cat_train.txt': lines((i) => `a${i} ${i % 2 ? '-1' : ' 1'}`),
        'SegmentationClass/a0.png': '',
        'SegmentationObject/a0.png': '',
      },
      bothPets,
      0,
      ['masks-left-out'],
    ],
    [
      'LabelMe',
      {
        ...some((i) => `${i}.jpg`, 3),
        '0.json': shapes('cat', 'cat').replace('x.jpg', '0.jpg'),
        '1.json': shapes('dog').replace('x.jpg', '1.jpg'),
        '2.json': shapes('cat', 'dog').replace('x.jpg', '2.jpg'),
      },
      { cat: 1, dog: 1 },
      1,
      ['labels-several'],
    ],
    [
      'VGG Image Annotator',
      {
        ...some((i) => `${i}.jpg`),
        'via.json': JSON.stringify(
          Object.fromEntries(
            [0, 1, 2, 3].map((i) => [
              `${i}.jpg99`,
              {
                filename: `${i}.jpg`,
                size: 99,
                regions: [{ region_attributes: { name: pet(i) } }],
                file_attributes: {},
              },
            ]),
          ),
        ),
      },
      bothPets,
      0,
      [],
    ],
    [
      'CVAT',
      {
        ...some((i) => `images/${i}.jpg`),
        'annotations.xml': `<?xml version="1.0"?><annotations>${lines((i) => `<image id="${i}" name="${i}.jpg" width="8"><tag label="${pet(i)}" source="manual"></tag></image>`)}</annotations>`,
      },
      bothPets,
      0,
      [],
    ],
    [
      'Roboflow’s YOLO',
      {
        ...some((i) => `train/images/a${i}_jpg.rf.0${i}.jpg`),
        ...Object.fromEntries(
          [0, 1, 2, 3].map((i) => [`train/labels/a${i}_jpg.rf.0${i}.txt`, `${i % 2} .5 .5 .1 .1\n`]),
        ),
        'data.yaml': "nc: 2\nnames: ['cat', 'dog']\n",
      },
      bothPets,
      0,
      [],
    ],
    [
      'pictures that are called by numbers, in a file that is called like a list of classes',
      { ...some((i) => `images/${i}.png`), 'labels.csv': `id,label\n${lines((i) => `${i},${pet(i)}`)}` },
      bothPets,
      0,
      [],
    ],
    [
      'names of classes and what is of them in one JSON',
      {
        ...some((i) => `images/${i}.png`),
        'labels.json': JSON.stringify({
          classes: ['cat', 'dog'],
          annotations: [0, 1, 2, 3].map((i) => ({ file: `${i}.png`, class: i % 2 })),
        }),
      },
      bothPets,
      0,
      [],
    ],
    [
      'equal names in two parts, and a table for each',
      {
        ...some((i) => `train/${i}.jpg`, 2),
        ...some((i) => `test/${i}.jpg`, 2),
        'train.csv': 'file,label\n0.jpg,cat\n1.jpg,dog\n',
        'test_labels.csv': 'file,label\n0.jpg,dog\n1.jpg,cat\n',
      },
      bothPets,
      0,
      [],
    ],
    [
      'addresses',
      {
        ...some((i) => `img/big cat ${i}.jpg`),
        'l.csv': `url,label\n${lines((i) => `https://x.org/img/big%20cat%20${i}.jpg?dl=1,${pet(i)}`)}`,
      },
      bothPets,
      0,
      [],
    ],
    [
      'a list with remarks, and names of several words',
      {
        ...some((i) => `${i}.png`),
        'labels.txt': `# file label\n${lines((i) => `${i}.png ${['polar bear', 'wolf'][i % 2]}`)}`,
      },
      { 'polar bear': 2, wolf: 2 },
      0,
      [],
    ],
    [
      'Hugging Face: objects, and lists of labels',
      {
        ...some((i) => `train/${i}.jpg`, 3),
        'train/metadata.jsonl': lines(
          (i) => JSON.stringify({ file_name: `${i}.jpg`, objects: { categories: [i, 1] } }),
          3,
        ),
      },
      { '1': 1 },
      2,
      ['labels-several'],
    ],
    [
      'a list of pictures for each class, in parts',
      {
        ...some((i) => `images/${i}.jpg`, 7),
        'lists/cat_train.txt': 'images/0.jpg\nimages/1.jpg\n',
        'lists/cat_test.txt': 'images/2.jpg\n',
        'lists/dog.txt': '3\n4\n',
        'lists/unlabeled.txt': '5\n',
        'train.txt': '0.jpg\n3.jpg\n',
      },
      { cat: 3, dog: 2 },
      2,
      [],
    ],
    [
      'numbers of lines, counted from one',
      {
        ...some((i) => `car_data/train/0000${i}.jpg`, 6),
        'anno_train.csv': lines((i) => `0000${i}.jpg,${39 + i},${116 - i},${569 + 7 * i},${375 - i},${1 + (i % 3)}`, 6),
        'names.csv': 'AM General Hummer SUV 2000\nAcura RL Sedan 2012\nAcura TL Sedan 2012\n',
      },
      { 'Acura RL Sedan 2012': 2, 'Acura TL Sedan 2012': 2, 'AM General Hummer SUV 2000': 2 },
      0,
      [],
    ],
    [
      'a table of numbers that the breed in each name explains, before what boxes show',
      {
        ...some((i) => `images/${['Abyssinian', 'pug'][i % 2]}_${i}.jpg`),
        ...Object.fromEntries(
          [0, 1, 2].map((i) => [`annotations/xmls/${['Abyssinian', 'pug'][i % 2]}_${i}.xml`, voc(pet(i))]),
        ),
        'annotations/list.txt': `#Image CLASS-ID SPECIES BREED ID\n${lines((i) => `${['Abyssinian', 'pug'][i % 2]}_${i} ${1 + (i % 2)} 1 1`)}`,
      },
      { Abyssinian: 2, pug: 2 },
      0,
      [],
    ],
    [
      'boxes alone, and more in the names, which are offered',
      {
        ...some((i) => `images/${['Abyssinian', 'pug', 'Bengal'][i % 3]}_${i}.jpg`, 9),
        ...Object.fromEntries(
          [0, 1, 2].map((i) => [`annotations/xmls/${['Abyssinian', 'pug', 'Bengal'][i % 3]}_${i}.xml`, voc(pet(i))]),
        ),
        // Of which none says what the names do.
        'annotations/list.txt': lines((i) => `${['Abyssinian', 'pug', 'Bengal'][i % 3]}_${i} ${i} 1 ${i % 2}`),
      },
      { cat: 2, dog: 1 },
      6,
      ['labels-in-names'],
    ],
    [
      'the column that tells pictures apart',
      {
        ...some((i) => `images/${i}.jpg`),
        'styles.csv': `id,subCategory,articleType,year\n${lines((i) => `${i},Topwear,${['Shirts', 'Tops'][i % 2]},2011`)}`,
      },
      { Shirts: 2, Tops: 2 },
      0,
      [],
    ],
    [
      'a table in German, with a remark',
      {
        ...some((i) => `Bilder/Bild ${i}.jpg`),
        'liste.csv': `\ufeffDatei;Klasse;Bemerkung\n${lines((i) => `"Bilder\\Bild ${i}.jpg";${pet(i)};${['gut', 'matt'][i >> 1]}`)}`,
      },
      bothPets,
      0,
      [],
    ],
    [
      'a table in French, accents apart',
      {
        ...some((i) => `${i}.jpg`),
        'liste.csv': `Fichier,CATE\u0301GORIE,Lieu\n${lines((i) => `${i}.jpg,${pet(i)},${['ici', 'la'][i >> 1]}`)}`,
      },
      bothPets,
      0,
      [],
    ],
    [
      'a table in Japanese, in half-width letters',
      {
        ...some((i) => `${i}.jpg`),
        'list.csv': `ファイル,ﾗﾍﾞﾙ,場所\n${lines((i) => `${i}.jpg,${pet(i)},${['a', 'b'][i >> 1]}`)}`,
      },
      bothPets,
      0,
      [],
    ],
    [
      'headers that say nothing, and a remark that is the same of all',
      {
        ...some((i) => `${i}.jpg`),
        'list.csv': `a;b;c\n${lines((i) => `${i}.jpg;${pet(i)};good`)}`,
      },
      bothPets,
      0,
      [],
    ],
  ])('%s', async (_, contents, labeled, unlabeled, codes) => {
    const found = await read(contents);
    expect([found.labeled, found.unlabeled, found.codes]).toEqual([labeled, unlabeled, codes]);
  });
});

/** Of 8 pictures: 5 are bald, of whom 4 smile; nobody wears a hat, and of the last one nothing is said. */
const bald = (i: number): boolean => i < 5;
const smiling = (i: number): boolean => i > 0 && i < 5;
const attributes = (yes: string, no: string, unknown: string, between = ','): string =>
  lines(
    (i) =>
      [`${i}.png`, ...[bald(i), smiling(i), false].map((each) => (i === 7 ? unknown : each ? yes : no))].join(between),
    8,
  );
const ofTraits = {
  Bald: { Bald: 5, 'not Bald': 2 },
  'narrow eyes smiling': { 'Narrow Eyes Smiling': 4, 'not Narrow Eyes Smiling': 3 },
};

describe('tables of traits', () => {
  const names = ['Bald', 'Narrow_Eyes_Smiling', 'Wearing_Hat'];
  const pictures = some((i) => `${i}.png`, 8);
  const table = `image_id,${names.join(',')}\n${attributes('1', '-1', '0')}`;

  it.each<[string, Contents]>([
    ['1 and -1', { 'attr.csv': table }],
    ['CelebA’s own', { 'list_attr.txt': `8\n${names.join(' ')} \n${attributes(' 1', '-1', ' 0', ' ')}\n` }],
    ['without the count', { 'list_attr.txt': `image ${names.join(' ')}\r\n${attributes('1', '-1', '0', '  ')}` }],
    ['1 and 0, and gaps', { 'attr.csv': `image_id,${names.join(',')}\n${attributes('1', '0', '')}` }],
    ['words', { 'attr.tsv': `file\t${names.join('\t')}\n${attributes('True', 'False', 'unknown', '\t')}` }],
    [
      'JSON lines',
      {
        'metadata.jsonl': lines(
          (i) =>
            JSON.stringify(
              i === 7
                ? { file_name: '7.png' }
                : { file_name: `${i}.png`, Bald: bald(i), Narrow_Eyes_Smiling: smiling(i) },
            ),
          8,
        ),
      },
    ],
  ])('%s: are offered, and make two classes where one is chosen', async (_, contents) => {
    const found = await read({ ...pictures, ...contents });
    expect([found.labeled, found.unlabeled, found.codes]).toEqual([{}, 8, ['no-labels', 'trait-offer']]);
    expect(found.traits?.slice(0, 2)).toEqual([
      ['Bald', 5, 2],
      ['Narrow Eyes Smiling', 4, 3],
    ]);
    expect(found.text).toContain('says of 2 traits whether a picture has them: “Bald”, “Narrow Eyes Smiling”.');
    expect(found.leftOut.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^gives no labels until one of its \d traits is chosen$/),
    ]);
    for (const [trait, labeled] of Object.entries(ofTraits)) {
      const chosen = await read({ ...pictures, ...contents }, { trait });
      expect([chosen.labeled, chosen.unlabeled, chosen.codes]).toEqual([labeled, 1, ['labels-from-trait']]);
      expect(chosen.leftOut).toEqual([]);
    }
  });

  it('what is chosen comes before other labels, and what no table has is not chosen', async () => {
    const contents = {
      ...some((i) => `${['left', 'right'][i % 2]}/${i}.png`, 8),
      'attr.csv': table,
      'identity.txt': lines((i) => `${i}.png ${i % 3}`, 8),
    };
    const [free, chosen, unknown] = await Promise.all([
      read(contents, { labelsFrom: 'folders' }),
      read(contents, { labelsFrom: 'folders', trait: 'bald' }),
      read(contents, { labelsFrom: 'folders', trait: 'Old' }),
    ]);
    expect([free.labeled, free.codes]).toEqual([{ left: 4, right: 4 }, ['trait-offer']]);
    expect([chosen.labeled, chosen.codes]).toEqual([ofTraits.Bald, ['labels-from-trait']]);
    expect([unknown.labeled, unknown.codes]).toEqual([free.labeled, free.codes]);
  });

  it('tables of several parts count together; what has “No Beard” not is called “Beard”', async () => {
    const part = (from: number): string =>
      `id,No_Beard,Young\n${lines((i) => `${from + i}.png,${i % 2 || -1},${i > 1 ? 1 : -1}`)}`;
    const parts = { ...pictures, 'a.csv': part(0), 'b.csv': part(4) };
    expect((await read(parts)).traits).toEqual([
      ['No Beard', 4, 4],
      ['Young', 4, 4],
    ]);
    expect((await read(parts, { trait: 'No_Beard' })).labeled).toEqual({ Beard: 4, 'No Beard': 4 });
  });

  it('where -1 and 0 are in one table, the rarer one says that nobody knows', async () => {
    const rows = [
      [1, 1],
      [1, 1],
      [1, 1],
      [0, 0],
      [-1, 1],
    ];
    const findings = `Path,Edema,Mass\n${lines((i) => `${i}.png,${rows[i]?.join(',')}`, 5)}`;
    expect((await read({ ...pictures, 'train.csv': findings })).traits).toEqual([
      ['Edema', 3, 1],
      ['Mass', 4, 1],
    ]);
  });

  it('columns that are classes are offered as traits, too, where a picture has several', async () => {
    const rows = [
      [1, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
      [1, 1, 0],
    ];
    const oneHot = (count: number) => `file,rust,scab,mildew\n${lines((i) => `${i}.png,${rows[i]?.join(',')}`, count)}`;
    const contents = { ...pictures, 'train.csv': oneHot(7) };
    const found = await read(contents);
    expect([found.labeled, found.codes]).toEqual([{ mildew: 1, rust: 2, scab: 2 }, ['trait-offer', 'labels-several']]);
    expect(found.traits).toEqual([
      ['rust', 3, 4],
      ['scab', 3, 4],
      ['mildew', 1, 6],
    ]);
    expect(found.text).toContain('Each of them was taken for a class');
    const chosen = await read(contents, { trait: 'Scab' });
    expect([chosen.labeled, chosen.codes]).toEqual([{ 'not scab': 4, scab: 3 }, ['labels-from-trait']]);
    // Where no picture has several, they are classes, and nothing else is to be said.
    expect((await read({ ...pictures, 'train.csv': oneHot(6) })).codes).not.toContain('trait-offer');
  });

  it('traits that all pictures have, or none, are not offered', async () => {
    const found = await read({ ...pictures, 'attr.csv': `id,Bald,Male\n${lines((i) => `${i}.png,-1,1`)}` });
    expect([found.codes, found.leftOut[0]?.reason]).toEqual([
      ['no-labels'],
      'gives no labels: none of its traits tells the pictures apart',
    ]);
  });
});

describe('files that give no labels', () => {
  it.each([
    ['half a million columns', `file${',c'.repeat(500_000)}\n0.png${',1'.repeat(500_000)}`, '2,000 columns'],
    ['the same, apart by spaces', `file${' c'.repeat(500_000)}\n0.png${' 1'.repeat(500_000)}`, '2,000 columns'],
    ['three million lines', 'f,l\r\n'.repeat(3_000_000), '3 million lines'],
    ['too many fields', `f${',l'.repeat(1000)}\n`.repeat(20_000), '20 million fields'],
  ])('tables that are too large, refused before they are split: %s', async (_, content, reason) => {
    const found = await read({ ...some((i) => `${i}.png`, 3), 'labels.csv': content });
    expect([found.unlabeled, found.leftOut.map((each) => each.reason)]).toEqual([
      3,
      [expect.stringMatching(new RegExp(`^gives no labels: it has .*more than ${reason}$`))],
    ]);
  });

  it.each<[string, Contents]>([
    [
      'which part of the set a picture is in',
      { 'list_eval_partition.csv': `image_id,partition\n${lines((i) => `${i}.png,${i % 3}`)}` },
    ],
    ['the same, without a header', { 'split.txt': lines((i) => `${i}.png ${i % 2}`) }],
    ['measures', { 'sizes.csv': `file,width,height\n${lines((i) => `${i}.png,8,${i % 2}`)}` }],
    ['a table of numbers without a header', { 'list.txt': lines((i) => `${i} ${1 + (i % 2)} ${1 + (i % 3)} 1`, 8) }],
    ['a list of pictures that stands alone', { 'favourites.txt': lines((i) => `${i}.png`) }],
    ['lists of pictures of both parts', { 'train.txt': '0.png\n1.png\n', 'test.txt': '2.png\n3.png\n' }],
    ['captions', { 'captions.csv': `image,caption\n${lines((i) => `${i}.png,"photo number ${i} of a pet"`, 8)}` }],
  ])('%s', async (_, contents) => {
    const found = await read({ ...some((i) => `${i}.png`, 8), ...contents });
    expect([found.labeled, found.unlabeled, found.codes]).toEqual([{}, 8, ['no-labels']]);
    expect(found.leftOut.map(({ path }) => path).toSorted()).toEqual(
      Object.keys(contents)
        .map((path) => `set/${path}`)
        .toSorted(),
    );
    for (const { reason } of found.leftOut) expect(reason).toContain('gives no labels');
  });

  it('a list that no label uses is one only where it is called so', async () => {
    const { leftOut } = await read({
      ...some((i) => `cat/${i}.png`),
      'classes.txt': '0 owl\n',
      'config.json': '{"a":"b"}',
    });
    expect(leftOut).toEqual([
      { path: 'set/classes.txt', reason: 'a list of names that no label or folder uses' },
      { path: 'set/config.json', reason: 'The file holds text, not a picture.' },
    ]);
  });

  it('says of how many pictures several classes are known', async () => {
    const found = await read({
      ...some((i) => `${i}.jpg`, 3),
      'a.csv': 'file,label\n0.jpg,a|b\n1.jpg,a\n2.jpg,b\n',
    });
    expect(found.text).toContain('1 picture shows several classes at once, and counts as unlabeled.');
  });
});
