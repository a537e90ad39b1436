/**
 * What is wrong with the pictures and labels that are open, as a list to go through: findings of the session against the
 * labels as they are now, each with what can be done at one click. What was mended, or judged to be right, is gone from
 * it.
 */
import { IGNORED, type LabelBook } from '../lcp/labels/labelBook';
import type { Findings } from '../session/labels/findings';
import { UNLABELED } from '../shared/domain';

export type CheckCode = 'small-classes' | 'contradictions' | 'suspects' | 'copies' | 'near-copies' | 'small' | 'narrow';

export interface Fix {
  name: string;
  images: number[];
  /** A class, `UNLABELED` or `IGNORED`. */
  to: number;
}

export interface CheckItem {
  /** What it is about, most important first. */
  images: number[];
  text: string;
  fixes: Fix[];
  /** A class to look at, where pictures have to be labeled one by one. */
  classIndex?: number;
}

export interface Check {
  code: CheckCode;
  title: string;
  why: string;
  items: CheckItem[];
  /** Mends all of it at once; null where each has to be judged. */
  fixAll: Fix | null;
}

/** Labeled pictures of a class below which it is called small. */
export const fewLabels = 5;
/** Longer side over shorter side from which a square crop loses most of a picture. */
const narrowFrom = 2.5;

const leaveOut = (images: number[], name: string): Fix => ({ name, images, to: IGNORED });
const times = (count: number, one: string): string =>
  `${count.toLocaleString('en-US')} ${one}${count === 1 ? '' : 's'}`;

interface Known {
  book: LabelBook;
  findings: Findings;
  /** Labeled pictures of each class. */
  labeledPerClass: readonly number[];
  resolution: number;
}

/** Every check in its order, also those that found nothing. */
export function checksOf(known: Known): Check[] {
  const { exact, near } = known.findings;
  const ways = [smallClasses, contradictions, suspectsOf];
  return [
    ...ways.map((check) => check(known)),
    copies(known, exact, 'copies'),
    copies(known, near, 'near-copies'),
    sized(known, 'small'),
    sized(known, 'narrow'),
  ];
}

function smallClasses({ book, labeledPerClass }: Known): Check {
  const items = book.classes.flatMap((name, classIndex) => {
    const count = labeledPerClass[classIndex] ?? 0;
    if (count >= fewLabels) return [];
    const images = [...book.given.keys()].filter((image) => book.at(image) === classIndex);
    return [{ images, text: `${name}: ${times(count, 'labeled picture')}`, fixes: [], classIndex }];
  });
  return {
    code: 'small-classes',
    title: 'Classes with few labels',
    why: `Fewer than ${fewLabels} labels cannot be checked against each other, and the class may be learnt wrongly.`,
    items,
    fixAll: null,
  };
}

/** Pictures that are the same, or nearly, and are said to be of different classes. */
function contradictions({ book, findings }: Known): Check {
  const items = [...findings.exact, ...findings.near].flatMap((group) => {
    const labeled = group.filter((image) => book.at(image) >= 0);
    const classes = [...new Set(labeled.map((image) => book.at(image)))];
    if (classes.length < 2) return [];
    const fixes = [
      ...classes.map((c) => ({ name: `All are ${book.classes[c] ?? ''}`, images: labeled, to: c })),
      { name: 'No label for any', images: labeled, to: UNLABELED },
    ];
    return [{ images: labeled, text: classes.map((c) => book.classes[c] ?? '').join(' and '), fixes }];
  });
  return {
    code: 'contradictions',
    title: 'Same picture, different labels',
    why: 'One of the labels is wrong, and training would learn both.',
    items,
    fixAll: null,
  };
}

function suspectsOf({ book, findings }: Known): Check {
  const items = (findings.suspects ?? []).flatMap(({ image, label, guess, confidence }) => {
    // Judged since: another label, or this one confirmed.
    if (book.at(image) !== label || book.standing(image) === 'fixed') return [];
    const [is, says] = [book.classes[label] ?? '', book.classes[guess] ?? ''];
    const text = `labeled ${is}; looks like ${says} (${Math.round(100 * confidence)}% sure)`;
    const fixes = [
      { name: `Label as ${says}`, images: [image], to: guess },
      { name: `It is ${is}`, images: [image], to: label },
      { name: 'No label', images: [image], to: UNLABELED },
    ];
    return [{ images: [image], text, fixes }];
  });
  return {
    code: 'suspects',
    title: 'Labels that look wrong',
    why: 'Without this label, the other labels and the pictures that look most alike both say another class.',
    items,
    fixAll: null,
  };
}

function copies({ book }: Known, groups: readonly number[][], code: 'copies' | 'near-copies'): Check {
  const items = groups.flatMap((group) => {
    const left = group.filter((image) => book.at(image) !== IGNORED);
    if (left.length < 2) return [];
    // One that has a label stands for the rest.
    const kept = left.find((image) => book.at(image) >= 0) ?? left[0];
    const rest = left.filter((image) => image !== kept);
    return [
      {
        images: [kept as number, ...rest],
        text: `${left.length.toLocaleString('en-US')} times`,
        fixes: [leaveOut(rest, 'Keep the first')],
      },
    ];
  });
  const extra = items.flatMap(({ fixes }) => fixes.flatMap(({ images }) => images));
  return {
    code,
    title: code === 'copies' ? 'Copies' : 'Nearly the same',
    why:
      code === 'copies'
        ? 'The very same file is there more than once, and is learnt more often than others.'
        : 'To CLIP these are one picture: resized, recompressed, or the next frame of a film. Look before you leave them out.',
    items,
    fixAll: extra.length > 0 ? leaveOut(extra, `Keep one of each, leave ${times(extra.length, 'picture')} out`) : null,
  };
}

function sized({ book, findings, resolution }: Known, code: 'small' | 'narrow'): Check {
  const { widths, heights } = findings;
  const images = [...book.given.keys()].filter((image) => {
    const [w, h] = [widths[image] ?? 0, heights[image] ?? 0];
    if (w === 0 || h === 0 || book.at(image) === IGNORED) return false;
    const [shorter, longer] = [Math.min(w, h), Math.max(w, h)];
    return code === 'small' ? shorter < resolution : longer >= narrowFrom * shorter;
  });
  const items = images.map((image) => ({
    images: [image],
    text: `${widths[image]} × ${heights[image]}`,
    fixes: [leaveOut([image], 'Leave out')],
  }));
  return {
    code,
    title: code === 'small' ? 'Smaller than the training size' : 'Long and narrow',
    why:
      code === 'small'
        ? `They are enlarged to ${resolution} × ${resolution} pixels, and blur is learnt with them.`
        : 'Only the square in the middle is trained on: much of these is cut off.',
    items,
    fixAll: images.length > 0 ? leaveOut(images, `Leave ${times(images.length, 'picture')} out`) : null,
  };
}

/** The range of sizes in words; null where no header says one. */
export function sizesInWords({ widths, heights }: Findings): string | null {
  const known = [...widths.keys()].filter((image) => (widths[image] ?? 0) > 0 && (heights[image] ?? 0) > 0);
  if (known.length === 0) return null;
  const byArea = known.toSorted((a, b) => area(a) - area(b));
  function area(image: number): number {
    return (widths[image] ?? 0) * (heights[image] ?? 0);
  }
  const name = (image: number | undefined): string => `${widths[image ?? 0]} × ${heights[image ?? 0]}`;
  const [least, middle, most] = [byArea[0], byArea[Math.floor(byArea.length / 2)], byArea.at(-1)].map(name);
  return least === most ? `All are ${least} pixels.` : `From ${least} to ${most} pixels, half of them up to ${middle}.`;
}
