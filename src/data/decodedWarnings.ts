/**
 * What a person is told once pictures are decoded: what could not be read, what is there twice, what is only partly
 * used.
 */
import { UNLABELED, type Duplicates, type Noted, type PictureNote } from '../shared/domain';
import { matteName, white, type Matte } from '../shared/matte';
import type { Counts } from './readingWarnings';
import {
  note,
  numbers,
  plural,
  quoted,
  whyLeftOut,
  type ReadingWarning,
  type ReadingWarningCode,
} from './warningWords';

/**
 * What decoding lost: classes of which nothing is left, which stop training, and single pictures.
 * @param labeled labeled pictures of each class that decoded
 */
export function unreadableWarnings(
  reading: Pick<Counts, 'classes' | 'labeledPerClass'>,
  labeled: readonly number[],
  broken: readonly { path: string; reason: string }[],
): { warning: ReadingWarning; classes: string[] }[] {
  if (broken.length === 0) return [];
  const classes = reading.classes.filter((_, index) => labeled[index] === 0);
  const why = whyLeftOut(broken);
  if (classes.length === 0) {
    const text = `${plural(broken.length, 'picture')} could not be read.`;
    const action = `${broken.length === 1 ? 'It is' : 'They are'} left out; training can go ahead.`;
    return [{ classes, warning: note('unreadable-pictures', text, why, action) }];
  }
  const text = `Of ${classes.length === 1 ? 'one class' : plural(classes.length, 'class', 'classes')} no picture could be read: ${quoted(classes)}.`;
  const action =
    'Save these pictures as PNG or JPEG and drop the folder again, or leave the folder out in the table of folders.';
  return [{ classes, warning: { ...note('unreadable-class', text, why, action), blocking: true } }];
}

/** What is said of each note: of one picture, of several, why, and what can be done. */
const noteTexts: Record<
  PictureNote,
  { code: ReadingWarningCode; one: string; many: string; why: string; action: string }
> = {
  pages: {
    code: 'first-page',
    one: 'has several pages: the first one is used.',
    many: 'have several pages: the first one is used.',
    why: 'A TIFF file may hold a whole stack; one file is one picture here.',
    action: 'To use all pages, save each as a file of its own.',
  },
  frames: {
    code: 'first-frame',
    one: 'is an animation: the first frame is used.',
    many: 'are animations: the first frame is used.',
    why: 'One file is one picture here.',
    action: 'To use all frames, save each as a file of its own.',
  },
  transparent: {
    code: 'transparent',
    one: 'has transparent parts: they are laid over ',
    many: 'have transparent parts: they are laid over ',
    why: 'A generator draws no transparency.',
    action: 'Choose another colour where the pictures are better seen on it; on the terminal, add --matte COLOUR.',
  },
};
const noteKinds = ['pages', 'frames', 'transparent'] as const;

/** Pictures of which only a part counts, or under which something is laid. */
export function notedWarnings(noted: Noted, matte: Matte = white): ReadingWarning[] {
  return noteKinds.flatMap((kind) => {
    const { count, first } = noted[kind] ?? { count: 0, first: '' };
    if (count === 0) return [];
    const { code, one, many, why, action } = noteTexts[kind];
    const which = `${plural(count, 'picture')}, “${first.slice(-120)}”${count > 1 ? ' the first,' : ''}`;
    const laidOver = kind === 'transparent' ? `${matteName(matte)}.` : '';
    return [note(code, `${which} ${count === 1 ? one : many}${laidOver}`, why, action)];
  });
}

/** Pictures that are there more than once. @param labels class of each decoded picture, -1 without one */
export function duplicateWarnings({ copies, contradicting }: Duplicates, labels: ArrayLike<number>): ReadingWarning[] {
  const warnings: ReadingWarning[] = [];
  if (contradicting.length > 0)
    warnings.push(
      note(
        'duplicates-contradict',
        `${plural(contradicting.length, 'picture')} are copies of one another that lie in different classes.`,
        'The same file under two labels teaches the opposite of both.',
        'Let them count as unlabeled, leave them out, or take them out of the wrong class.',
      ),
    );
  const unlabeled = copies.filter((at) => labels[at] === UNLABELED).length;
  if (copies.length > 0)
    warnings.push(
      note(
        'duplicates',
        `${plural(copies.length, 'picture')} ${copies.length === 1 ? 'is a copy of another' : 'are copies of others'}.`,
        `${unlabeled > 0 ? `${numbers.format(unlabeled)} of them ${unlabeled === 1 ? 'has' : 'have'} no label, and may have one elsewhere. ` : ''}What is there twice counts twice.`,
        'Leave the copies out, or keep them; on the terminal, add --copies leave-out.',
      ),
    );
  return warnings;
}
