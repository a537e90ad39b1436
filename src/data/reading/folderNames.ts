/**
 * What the names of folders say: parts of a data set ("train", "seg_test"), wrappers ("images"), shards ("part-0003"),
 * pictures without a label, masks. Pure string work; whether a name counts is decided by what stands beside it
 * (layout.ts), because "train" and "test" are classes, too, where vehicles or exams are sorted.
 */

const splitWords = new Set(
  (
    'train training trainset trn traindata trainval test testing testset tst testdata val valid validation validate ' +
    'valset valdata dev eval evaluation evaluate holdout extra pred predict prediction predictions infer inference query ' +
    'gallery probe'
  ).split(' '),
);
const wrapperWords = new Set(
  (
    'image images img imgs pic pics picture pictures photo photos data dataset datasets set sets file files folder ' +
    'folders jpg jpgs jpeg jpegs jpegimages png pngs raw all content root default original originals final full cropped ' +
    'crops resized processed new input inputs frames class classes classification class_folders by_class labeled labelled ' +
    'dcim whatsapp screenshots export exports exported download downloads takeout icloud lightroom'
  ).split(' '),
);
const maskWords = new Set(
  'mask masks annotation annotations segmentation segmentations trimap trimaps groundtruth depth heatmaps'.split(' '),
);
/** What a mask may be of: "SegmentationObject", "instance_masks". */
const maskedWords = new Set('object objects instance instances semantic panoptic'.split(' '));
const shardWords = 'shard|chunk|batch|data_?batch|fold|subset|split|bucket|vol|volume|part|dir|folder|set|dataset';

const unlabeled = new RegExp(
  '^(?:\\d+[ _.-]+)?_*(?:un-?_?label+ed|unsortiert|unbekannt|unklassifiziert|ohne[ _-]label|non[ _-]class[ée]e?s?|sans[ _-]étiquette|sin[ _-](?:etiquetar?|clasificar)|未分類|未分类|未标注|ラベルなし|unknown|unsorted|un-?classified|un-?annotated|unsup(?:ervised)?|' +
    '(?:no|without|not)[ _-]?(?:a[ _-])?label(?:s|ed)?)(?:[ _-]?(?:data|images?|pictures?|photos?|set|pool|\\d+))?_*$',
);

/** One spelling for comparing: Unicode's composed form, lower case, single spaces. */
export const folded = (name: string): string => name.normalize('NFC').trim().replaceAll(/\s+/g, ' ').toLowerCase();

/** A name as it is shown: composed, without white space around it. */
export const shownName = (name: string): string => name.normalize('NFC').trim().replaceAll(/\s+/g, ' ');

/** Words of a name, without digits: "seg_train2017" gives seg, train; "images128x128" gives images. */
const wordsOf = (name: string): string[] =>
  // Names of pictures are numbers more often than not, and come by the hundred thousand.
  /\p{L}/u.test(name)
    ? name
        .replaceAll(/\d+ ?[x×] ?\d+/gi, ' ')
        .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
        .toLowerCase()
        .split(/[^\p{L}]+/u)
        .filter((word) => word !== '')
    : [];

export const isUnlabeledName = (name: string): boolean => unlabeled.test(folded(name));
export const isMaskName = (name: string): boolean => {
  const words = wordsOf(name.replace(/ground[ _-]?truth/i, 'groundtruth'));
  return (
    words.some((word) => maskWords.has(word)) &&
    words.every((word) => maskWords.has(word) || maskedWords.has(word) || wrapperWords.has(word))
  );
};

/** Nothing but words for a part of a data set, and wrappers: "train", "test_images", "val2017", "TrainingSet". */
export function isSplitName(name: string): boolean {
  const words = wordsOf(name);
  return (
    words.some((word) => splitWords.has(word)) && words.every((word) => splitWords.has(word) || isWrapperWord(word))
  );
}

/** Words that go with a part's: "bounding_box_train", "single_prediction"; alone they may be things. */
const partWords = new Set('seg bounding box boxes single'.split(' '));
/** The part of a data set that a file is about: "train" of "train_labels.csv"; or null. */
export function partIn(path: string): string | null {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');
  return wordsOf(name).find((word) => splitWords.has(word)) ?? null;
}

const isWrapperWord = (word: string): boolean => wrapperWords.has(word) || partWords.has(word);

/** A camera's folder ("100APPLE", "101_PANA", the DCF standard), or one that a phone or a service made. */
const camera =
  /^(?:\d{3}[A-Z0-9_]{5}|camera roll|(?:photos? (?:from|de)|fotos? (?:von|uit|de|del|dal|från|fra|z)|zdjęcia z) \d{4}(?: r\.)?|\d{4} ?年の写真)$/iu;
export const isCameraName = (name: string): boolean => camera.test(shownName(name));

/** Pictures of one size: "128x128", "512px". */
export const isSizeName = (name: string): boolean =>
  /^(?:\d{2,5} ?[x×] ?\d{2,5}(?: ?px)?|\d{2,5} ?px)$/i.test(name.trim());

export function isWrapperName(name: string): boolean {
  if (isCameraName(name)) return true;
  const words = wordsOf(name);
  return words.length > 0 && words.every((word) => wrapperWords.has(word));
}

/**
 * What is left of a name that has a word for a part in it, without that word: "seg" of "seg_train"; null without such a
 * word. Where all names of a level leave the same, they are parts.
 */
export function splitRemainder(name: string): string | null {
  const words = wordsOf(name);
  const rest = words.filter((word) => !splitWords.has(word) && !isWrapperWord(word));
  return words.some((word) => splitWords.has(word)) ? rest.join(' ') : null;
}

const shard = new RegExp(`^(?:${shardWords})[ _.-]*\\d+(?:[ _-]*of[ _-]*\\d+)?$`, 'i');
const date = /^(?:19|20)\d\d[-_. ]\d{1,2}(?:[-_. ]\d{1,2})?$/;
/** "part-0003", "shard_1", "batch2"; or a day or month by which pictures were filed: "2024-03-05". */
export const isShardName = (name: string): boolean => shard.test(name.trim()) || date.test(name.trim());
export const isYearName = (name: string): boolean => /^(?:19|20)\d\d$/.test(name.trim());
/** In a year: "03", "3", "03-March", "March". */
export const isMonthName = (name: string): boolean =>
  /^(?:(?:0?[1-9]|1[0-2])(?:[-_. ]+\p{L}+)?|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\p{L}*)$/iu.test(
    name.trim(),
  );
/** Such names are also given to things: only what is in the folders tells. */
export const isVagueShardName = (name: string): boolean =>
  /^\d{4,}$/.test(name.trim()) || /^(?:part|set|dataset|vol|volume|dir|folder)/i.test(name.trim());

/** A folder that repeats its parent's name, or the name of the archive that it was packed into. */
export function sameThing(parent: string, child: string): boolean {
  const plain = (name: string): string =>
    folded(name)
      .replace(/[ _-]*(?:\(\d+\)|copy|master|main|v?\d+(?:\.\d+)*)$/, '')
      .replaceAll(/[^\p{L}\p{N}]+/gu, '');
  return plain(parent) !== '' && plain(parent) === plain(child);
}
