/**
 * What a person is told about a folder before training: one sentence of counts, and warnings that each say why and what
 * to do.
 */

export type ReadingWarningCode =
  | 'folder-empty'
  | 'no-labels'
  | 'one-class'
  | 'small-class'
  | 'few-images'
  | 'many-classes'
  | 'splits-merged';

export interface ReadingWarning {
  code: ReadingWarningCode;
  /** Training cannot start until this is mended. */
  blocking: boolean;
  text: string;
  why: string;
  action: string;
}

interface Counts {
  classes: readonly string[];
  labeledPerClass: readonly number[];
  unlabeledCount: number;
  ignored: readonly { path: string; reason: string }[];
  layout: string;
}

/** Below these, a discriminator starts to memorise (docs/method.md, section 5). */
const FEW_IMAGES = 150;
const FEW_IMAGES_A_CLASS = 25;
/** A class with fewer labels than this cannot be checked against held-out labels. */
const FEW_LABELS = 3;
const MANY_CLASSES = 200;
const NAMES_SHOWN = 5;

const numbers = new Intl.NumberFormat('en-US');
const plural = (count: number, one: string, many = `${one}s`): string =>
  `${numbers.format(count)} ${count === 1 ? one : many}`;
const quoted = (names: readonly string[]): string => {
  const shown = names
    .slice(0, NAMES_SHOWN)
    .map((name) => `“${name}”`)
    .join(', ');
  return names.length > NAMES_SHOWN ? `${shown} and ${numbers.format(names.length - NAMES_SHOWN)} more` : shown;
};

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
  if (total === 0) {
    const why =
      counts.ignored.length === 0
        ? 'Nothing was in it.'
        : `None of its ${plural(counts.ignored.length, 'file')} is a picture that can be read here (PNG, JPEG, WebP, GIF, BMP or AVIF).`;
    return {
      code: 'folder-empty',
      blocking: true,
      text: 'There are no pictures in what you dropped.',
      why,
      action: structure,
    };
  }
  if (counts.classes.length === 0) {
    const why = `All ${plural(total, 'picture')} lie outside of class folders, and a class is learnt from pictures that show it.`;
    return {
      code: 'no-labels',
      blocking: true,
      text: 'None of the pictures has a label.',
      why,
      action: `${structure} A few pictures for each class are enough to begin with.`,
    };
  }
  return null;
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
  const small = counts.classes.filter((_, index) => (counts.labeledPerClass[index] ?? 0) < FEW_LABELS);
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
  if (blocking !== null) return [blocking];
  const warnings = sizeWarnings(counts, total);
  if (counts.layout === 'splits') {
    const text = 'Train and test folders were merged.';
    warnings.push({
      code: 'splits-merged',
      blocking: false,
      text,
      why: 'The folders inside them were taken as the classes.',
      action: 'To train on one of them only, drop that folder alone.',
    });
  }
  return warnings;
}
