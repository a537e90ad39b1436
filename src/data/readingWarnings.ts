/**
 * What a person is told about a folder before training: one sentence of counts, and warnings that each say why and what
 * to do.
 */

import type { FileLabelNotes } from './reading/fileLabels';
import { encodingNames, type TextEncoding } from './reading/encodings';
import { classesOfTrait, divides, type TraitOffer } from './reading/offerTraits';
import type { CutNote } from './sheets/cutNote';
import { layoutOption, layoutText } from './sheets/cellLayout';
import type { CellOffer } from './sheets/offerCells';
import { note, numbers, plural, quoted, whyLeftOut, type ReadingWarning } from './warningWords';

/** What was noticed while names were read. */
export interface ReadingNotes {
  /** Folders that were looked through. `flat`: pictures lie directly in it. */
  through: readonly { name: string; kind: 'split' | 'shard' | 'shared' | 'wrapper'; flat: boolean }[];
  masks: readonly string[];
  /** Classes with folders in them that might be classes. */
  inside: readonly { name: string; folders: readonly string[] }[];
  /** Masks that lie among the pictures. */
  maskFiles: number;
  caseJoined: readonly { kept: string; others: readonly string[] }[];
  decoded: readonly TextEncoding[];
  cut: readonly CutNote[];
  /** Pictures that may be sheets, and are not cut. */
  sheets: CellOffer | null;
  files: FileLabelNotes | null;
  offer: { classes: readonly string[]; labeled: number } | null;
  /** Traits of which one can be chosen, or was. */
  traits: TraitOffer | null;
}

/** What the counts of a data set are made from; `afterDecoding` is known only then. */
export interface Counts {
  classes: readonly string[];
  labeledPerClass: readonly number[];
  unlabeledCount: number;
  ignored: readonly { path: string; reason: string }[];
  notes: ReadingNotes;
}

/** Below these, a discriminator starts to memorise (docs/method.md, section 5). */
const FEW_IMAGES = 150;
const FEW_IMAGES_A_CLASS = 25;
/** A class with fewer labels than this cannot be checked against held-out labels. */
const FEW_LABELS = 3;
const MANY_CLASSES = 200;

const labeledTotal = (counts: Counts): number => counts.labeledPerClass.reduce((sum, count) => sum + count, 0);

/** E.g. "4 classes, 312 labeled, 5,410 unlabeled"; what was left out is added where there is any. */
export function sentenceOf(counts: Counts): string {
  const labeled = labeledTotal(counts);
  const left = counts.ignored.length === 0 ? '' : `, ${plural(counts.ignored.length, 'file')} left out`;
  if (labeled + counts.unlabeledCount === 0) return `No pictures${left}`;
  return `${plural(counts.classes.length, 'class', 'classes')}, ${numbers.format(labeled)} labeled, ${numbers.format(counts.unlabeledCount)} unlabeled${left}`;
}

const structure =
  'Put the pictures of each class into a folder named after it, and the pictures without a label into a folder named “unlabeled”; then drop the folder that holds them all.';

/** What makes training impossible: no pictures, no labels. At most one of them applies. */
function blockingWarning(counts: Counts, total: number): ReadingWarning | null {
  const { ignored, notes } = counts;
  if (total === 0) {
    const why = ignored.length === 0 ? 'Nothing was in it.' : whyLeftOut(ignored);
    return {
      code: 'folder-empty',
      blocking: true,
      text: 'There are no pictures in what you dropped.',
      why,
      action: structure,
    };
  }
  if (labeledTotal(counts) > 0) return null;
  const splits = notes.through.filter(({ flat, kind }) => flat && kind === 'split').map(({ name }) => name);
  const shards = notes.through.filter(({ flat, kind }) => flat && kind === 'shard').map(({ name }) => name);
  const told = [...ignored].find(({ reason }) => reason.startsWith('gives no labels'));
  const parts =
    splits.length > 0
      ? `${quoted(splits)} ${splits.length === 1 ? 'is a part of a data set, not a class' : 'are parts of a data set, not classes'}, and there are no class folders inside. `
      : shards.length > 0
        ? `${quoted(shards)} ${shards.length === 1 ? 'is a part of one long list, not a class' : 'are parts of one long list, not classes'}. `
        : '';
  const file = told ? ` “${told.path}” ${told.reason}.` : '';
  return {
    code: 'no-labels',
    blocking: true,
    text: 'None of the pictures has a label.',
    why: `${parts}${counts.classes.length > 0 ? 'A' : `${total === 1 ? 'The picture lies' : `All ${plural(total, 'picture')} lie`} outside of class folders, and a`} class is learnt from pictures that show it.${file}`,
    action: `Press “Label pictures” in the studio: name your classes and label a few pictures of each by keys. Or sort them into folders: put the pictures of each class into one that is named after it, the rest into “unlabeled”, and drop the folder that holds them all.`,
  };
}

/** Labels in file names wait for a person's word. */
function offerWarning({ offer }: ReadingNotes): ReadingWarning[] {
  if (!offer) return [];
  return [
    note(
      'labels-in-names',
      `The file names of ${plural(offer.labeled, 'picture')} look like labels: ${quoted(offer.classes)}.`,
      'A name may mean something else, so it is not taken for a label unasked.',
      'Press “Use the names as labels”; on the terminal, add --labels-from names.',
    ),
  ];
}

/** Tables of traits wait for a person's word, or were given it. */
function traitWarnings({ traits: offer, files: labels }: ReadingNotes): ReadingWarning[] {
  if (!offer) return [];
  const { files, traits, chosen } = offer;
  const useful = traits.filter(divides);
  const [first] = useful;
  if (chosen !== null) {
    const counts = traits.find(({ name }) => name === chosen);
    const { having = 0, lacking = 0 } = counts ?? {};
    return [
      note(
        'labels-from-trait',
        `The classes are ${classesOfTrait(chosen)
          .map((name) => `“${name}”`)
          .join(' and ')}, as ${quoted(files)} ${files.length === 1 ? 'says' : 'say'}.`,
        `${plural(having, 'picture')} ${having === 1 ? 'has' : 'have'} this trait, ${numbers.format(lacking)} ${lacking === 1 ? 'does' : 'do'} not. Pictures of which nothing is said have no label.`,
        'Choose another trait, or press “Undo the choice”; on the terminal, give another --trait, or none.',
      ),
    ];
  }
  if (!first) return [];
  const classes = files.every((path) => labels?.sources.includes(path));
  return [
    note(
      'trait-offer',
      `${quoted(files)} ${files.length === 1 ? 'says' : 'say'} of ${plural(useful.length, 'trait')} whether a picture has ${useful.length === 1 ? 'it' : 'them'}: ${quoted(useful.map(({ name }) => name))}.`,
      classes
        ? 'Each of them was taken for a class, and a picture that has several counts as unlabeled. One alone makes two classes: the pictures that have it, and those that do not.'
        : 'A picture may have several of them, so they are no classes yet. One of them makes two: the pictures that have it, and those that do not.',
      `Choose a trait, and press “Make two classes of it”; on the terminal, add --trait "${first.name}", or another one.`,
    ),
  ];
}

/** Sheets that an atlas cut. */
function cutWarnings({ cut }: ReadingNotes): ReadingWarning[] {
  const byAtlas = cut.filter((each) => 'atlas' in each);
  if (byAtlas.length === 0) return [];
  const pictures = byAtlas.reduce((sum, each) => sum + each.pictures, 0);
  const one = byAtlas.length === 1;
  return [
    note(
      'sheets-cut',
      `${quoted(byAtlas.map(({ sheet }) => sheet))} ${one ? 'is a sheet; it was' : 'are sheets; they were'} cut into ${plural(pictures, 'picture')}.`,
      `Where they lie in it is said by ${quoted(byAtlas.map(({ atlas }) => atlas))}. Folders and tags in there count as folders.`,
      `To use ${one ? 'the sheet as one picture' : 'sheets as pictures'}, drop ${one ? 'it' : 'them'} without that file.`,
    ),
  ];
}

/** Sheets that a person cut. */
function cellWarnings({ cut }: ReadingNotes): ReadingWarning[] {
  const byCells = cut.filter((each) => 'cell' in each);
  const [first] = byCells;
  if (!first) return [];
  const { cell } = first;
  const sum = (of: (note: (typeof byCells)[number]) => number): number =>
    byCells.reduce((total, each) => total + of(each), 0);
  const empty = sum((each) => each.empty);
  const edges = byCells.filter(({ left }) => left.width + left.height > 0).length;
  const blank =
    empty > 0
      ? `${plural(empty, 'cell is', 'cells are')} empty or of one colour, and ${empty === 1 ? 'was' : 'were'} left out. `
      : '';
  const edge =
    edges > 0
      ? `What is less than a cell was left off at the edge of ${plural(edges, 'sheet')}: the size may be wrong.`
      : '';
  return [
    note(
      'sheets-in-cells',
      `${quoted(byCells.map(({ sheet }) => sheet))} ${byCells.length === 1 ? 'was' : 'were'} cut into ${plural(
        sum((each) => each.pictures),
        'picture',
      )} of ${layoutText(cell)}.`,
      `${blank}${edge}`.trim(),
      'Press “Undo the cut” to have it whole again.',
    ),
  ];
}

/** Few and large pictures may be sheets. */
function sheetOffer({ sheets: offer }: ReadingNotes): ReadingWarning[] {
  if (!offer) return [];
  const { sheets, cell, seen, cells } = offer;
  const one = sheets.length === 1;
  const text = seen
    ? `${quoted(sheets)} ${one ? 'looks like a sheet' : 'look like sheets'} of ${plural(cells, 'small picture')}, each ${layoutText(cell)}.`
    : `If ${quoted(sheets)} ${one ? 'is a sheet' : 'are sheets'} of many small pictures, ${one ? 'it' : 'they'} can be cut.`;
  return [
    note(
      'sheet-offer',
      text,
      'As it is, a sheet counts as one picture.',
      `Say how large its pictures are, and press “Cut into pictures”; on the terminal, add --cells ${layoutOption(cell)}.`,
    ),
  ];
}

/** Which files labels, or names of classes, are from. */
function sourceWarning(files: FileLabelNotes): ReadingWarning {
  if (files.sources.length === 0)
    return note(
      'labels-from-file',
      `Names of classes are from ${quoted(files.namesFrom)}.`,
      'Folders are called by numbers or short names.',
      '',
    );
  const named = files.namesFrom.length > 0 ? ` Names of classes are from ${quoted(files.namesFrom)}.` : '';
  const boxed =
    files.boxed > 0
      ? ` Boxes say something else of ${plural(files.boxed, 'picture')}; what is said of whole pictures was believed.`
      : '';
  return note(
    'labels-from-file',
    `The labels of ${plural(files.labeled, 'picture')} are from ${files.sources.length > 3 ? plural(files.sources.length, 'label file') : quoted(files.sources)}.`,
    `What is not in there has ${files.otherwise > 0 ? 'its folder’s label, or none' : 'no label, unless its folder is one of these classes'}.${named}${boxed}`,
    'To read labels from folders instead, choose that in the table of folders; on the terminal, add --labels-from folders.',
  );
}

/** How labels in files were understood, where that is not plain. */
function fileWarnings({ files, traits }: ReadingNotes): ReadingWarning[] {
  if (!files || files.sources.length + files.namesFrom.length === 0) return [];
  // Where a trait was chosen, that was said with the choice.
  const warnings = (traits?.chosen ?? null) === null ? [sourceWarning(files)] : [];
  const lost = files.unmatched + files.ambiguous;
  if (lost > 0)
    warnings.push(
      note(
        'labels-not-found',
        `${plural(lost, 'row')} of the label files could not be used.`,
        `${files.unmatched > 0 ? `${numbers.format(files.unmatched)} ${files.unmatched === 1 ? 'names a picture that is not here. ' : 'name pictures that are not here. '}` : ''}${files.ambiguous > 0 ? `${numbers.format(files.ambiguous)} ${files.ambiguous === 1 ? 'fits' : 'fit'} several pictures equally well.` : ''}`.trim(),
        'Drop the pictures that are missing, too, or go on without them.',
      ),
    );
  if (files.several > 0)
    warnings.push(
      note(
        'labels-several',
        `${plural(files.several, 'picture')} ${files.several === 1 ? 'shows' : 'show'} several classes at once, and ${files.several === 1 ? 'counts' : 'count'} as unlabeled.`,
        'A generator draws pictures of one class each.',
        'To use them, cut them into pictures of one thing each, or give each the label of its main one.',
      ),
    );
  const odd = files.contradicting.length + files.otherwise;
  if (odd > 0)
    warnings.push(
      note(
        'labels-contradict',
        `${plural(odd, 'picture')} ${odd === 1 ? 'has' : 'have'} two different labels${files.contradicting.length > 0 ? `: ${quoted(files.contradicting)}` : ''}.`,
        `${files.contradicting.length > 0 ? 'Where label files say two things of a picture, it counts as unlabeled. ' : ''}${files.otherwise > 0 ? 'Where folder and file differ, the file was believed.' : ''}`.trim(),
        'Check the label files.',
      ),
    );
  return warnings;
}

function layoutWarnings({ through, masks, inside, maskFiles, caseJoined, decoded }: ReadingNotes): ReadingWarning[] {
  const warnings: ReadingWarning[] = [];
  const names = (kind: string): string[] => [
    ...new Set(through.filter((each) => each.kind === kind).map((each) => each.name)),
  ];
  const flat = [...new Set(through.filter((each) => each.flat && each.kind !== 'shard').map((each) => each.name))];
  const unlabeled = flat.length > 0 ? ` Pictures that lie directly in ${quoted(flat)} have no label.` : '';
  if (through.some(({ kind, flat: isFlat }) => kind === 'split' && !isFlat))
    warnings.push(
      note(
        'splits-merged',
        `${quoted(names('split'))}: parts of a data set were merged.`,
        `The folders inside them were taken as the classes.${unlabeled}`,
        'To train on one of them only, drop that folder alone.',
      ),
    );
  if (names('shared').length > 0)
    warnings.push(
      note(
        'folders-shared',
        `${quoted(names('shared'))} ${names('shared').length === 1 ? 'was taken for a part of a data set, not for a class.' : 'were taken for parts of a data set, not for classes.'}`,
        `What lies in folders of the same names belongs together, and these were taken as the classes.${names('split').length > 0 ? '' : unlabeled}`,
        'If they are the classes after all, say so in the table of folders.',
      ),
    );
  if (names('shard').length > 0)
    warnings.push(
      note(
        'shards-joined',
        `${quoted(names('shard'))} ${names('shard').length === 1 ? 'was looked through' : 'were put together'}.`,
        'Such folders hold parts of one long list, or pictures of one size, not classes.',
        'If they are the classes after all, say so in the table of folders.',
      ),
    );
  if (inside.length > 0) {
    const one = inside.length === 1;
    warnings.push(
      note(
        'folders-inside',
        `${quoted(inside.map(({ name }) => name))}: ${one ? 'taken for a class' : 'taken for classes'}, with the folders inside.`,
        `${quoted([...new Set(inside.flatMap(({ folders }) => folders))])} may be classes of their own.`,
        `If they are, choose “Look at the folders inside” in the table of folders, or drop ${one ? 'that folder' : 'one of these folders'} alone.`,
      ),
    );
  }
  if (maskFiles > 0)
    warnings.push(
      note(
        'mask-files',
        `${plural(maskFiles, 'file')} ${maskFiles === 1 ? 'is a mask' : 'are masks'} of pictures, left out.`,
        'They are called as the picture beside them is, and “mask” besides.',
        'If they are pictures to learn from, give them other names.',
      ),
    );
  if (masks.length > 0)
    warnings.push(
      note(
        'masks-left-out',
        `${quoted(masks)}: masks, left out.`,
        'They lie beside a folder of pictures, and are no pictures to learn from.',
        'If they are, say so in the table of folders.',
      ),
    );
  if (caseJoined.length > 0)
    warnings.push(
      note(
        'case-joined',
        `Folders that differ only in upper and lower case were joined: ${quoted(caseJoined.map(({ kept, others }) => [kept, ...others].join(' / ')))}.`,
        'They are taken for spellings of one name.',
        'If they are different classes, rename one of them.',
      ),
    );
  if (decoded.length > 0)
    warnings.push(
      note(
        'names-decoded',
        `Names in the archive are not Unicode; they were read as ${[...new Set(decoded)].map((each) => encodingNames[each]).join(', ')}.`,
        'The archive does not say which encoding it is in, so it was told from the names themselves.',
        'If they look wrong, choose another encoding; on the terminal, add --names and its name.',
      ),
    );
  return warnings;
}

function sizeWarnings(counts: Counts, total: number): ReadingWarning[] {
  const warnings: ReadingWarning[] = [];
  if (counts.classes.length === 1) {
    const text = `There is only one class, ${quoted(counts.classes)}.`;
    const why = `${counts.unlabeledCount > 0 ? 'All pictures without a label are taken to be of it too. ' : ''}It is divided into clusters, but there is nothing to tell it apart from.`;
    warnings.push({
      code: 'one-class',
      blocking: false,
      text,
      why,
      action:
        'Train as it is, or put pictures of a second class into a folder beside it and drop the folder that holds both.',
    });
  }
  const labeledIn = (index: number): number => counts.labeledPerClass[index] ?? 0;
  const bare = counts.classes.filter((_, index) => labeledIn(index) === 0);
  if (bare.length > 0)
    warnings.push(
      note(
        'class-without-labels',
        `${bare.length === 1 ? 'One class has' : `${numbers.format(bare.length)} classes have`} no labeled picture: ${quoted(bare)}.`,
        'It can be told by its name alone, if at all: where CLIP does not know the name, training stops.',
        'Label a few pictures of it, or take the class away.',
      ),
    );
  const small = counts.classes.filter((_, index) => labeledIn(index) > 0 && labeledIn(index) < FEW_LABELS);
  if (small.length > 0) {
    const text = `${small.length === 1 ? 'One class has' : `${numbers.format(small.length)} classes have`} only one or two labeled pictures: ${quoted(small)}.`;
    const why = 'So few cannot be checked against held-out labels, and the class may be learnt wrongly.';
    warnings.push({
      code: 'small-class',
      blocking: false,
      text,
      why,
      action: 'Label a few more pictures of it, or leave the class out.',
    });
  }
  if (total < FEW_IMAGES || total < FEW_IMAGES_A_CLASS * counts.classes.length) {
    const text = `${plural(total, 'picture')} for ${plural(counts.classes.length, 'class', 'classes')} is little to learn from.`;
    const why = `With fewer than ${FEW_IMAGES} in all, or ${FEW_IMAGES_A_CLASS} for each class, the network tends to memorise pictures rather than to invent new ones.`;
    warnings.push({
      code: 'few-images',
      blocking: false,
      text,
      why,
      action: 'Add more pictures; they need no labels.',
    });
  }
  if (counts.classes.length >= MANY_CLASSES) {
    const text = `${plural(counts.classes.length, 'class', 'classes')} is a great many.`;
    const why =
      'Each class is divided further into clusters, and each cluster needs pictures and memory. Often it means that the folders are not classes.';
    warnings.push({
      code: 'many-classes',
      blocking: false,
      text,
      why,
      action: 'Check that each folder is one class; merge or leave out folders if not.',
    });
  }
  return warnings;
}

export function warningsOf(counts: Counts): ReadingWarning[] {
  const total = labeledTotal(counts) + counts.unlabeledCount;
  const blocking = blockingWarning(counts, total);
  const { notes } = counts;
  // What is offered may mend what else is said, so it comes first.
  const offers = [...sheetOffer(notes), ...offerWarning(notes), ...traitWarnings(notes)];
  const told = [...cellWarnings(notes), ...cutWarnings(notes), ...fileWarnings(notes), ...layoutWarnings(notes)];
  if (blocking !== null)
    return [blocking, ...(total === 0 ? told.filter(({ code }) => code === 'names-decoded') : [...offers, ...told])];
  return [...offers, ...sizeWarnings(counts, total), ...told];
}
