/**
 * The labels of a data set as a person keeps them: what came with the pictures, and every change made since. A change
 * never overwrites what came; it lies over it, so that it can be taken back and told apart (`standing`). The page edits
 * one book and the session another, by the same changes.
 */
import { UNLABELED } from '../../shared/domain';

/** A picture that is left out of everything. */
export const IGNORED = -2;
/** Back to what came with the picture. Only ever asked for, never an answer. */
export const GIVEN = -3;

/**
 * Where a label comes from. `given`: it came with the picture; `fixed`: a person set or confirmed it here; `none`:
 * nobody said, so that it is inferred; `ignored`: left out.
 */
export type Standing = 'given' | 'fixed' | 'none' | 'ignored';

/** The same pictures before and after. */
export interface LabelChange {
  images: Uint32Array<ArrayBuffer>;
  /** What to ask for to undo it: a class, `UNLABELED`, `IGNORED` or `GIVEN`. */
  before: Int32Array<ArrayBuffer>;
  after: Int32Array<ArrayBuffer>;
}

export class LabelBook {
  readonly classes: string[];
  /** Classes that came with the pictures: the first ones. The others are the person's own. */
  readonly givenClasses: number;
  /** Whether anything was ever changed, even if it was taken back since. */
  touched = false;
  private readonly edits = new Map<number, number>();

  /** @param given class of each picture as it came, or `UNLABELED` */
  constructor(
    classes: readonly string[],
    readonly given: Int32Array,
  ) {
    this.classes = [...classes];
    this.givenClasses = classes.length;
  }

  get size(): number {
    return this.given.length;
  }

  /** Pictures whose label was set, confirmed, taken away or that are left out. */
  get edited(): number {
    return this.edits.size;
  }

  /** Class, `UNLABELED` or `IGNORED`. */
  at(image: number): number {
    return this.edits.get(image) ?? this.given[image] ?? UNLABELED;
  }

  standing(image: number): Standing {
    const edit = this.edits.get(image);
    const label = this.at(image);
    if (label === IGNORED) return 'ignored';
    if (label === UNLABELED) return 'none';
    return edit === undefined ? 'given' : 'fixed';
  }

  /** Adds classes behind those that are there; names that are there already are passed over. */
  addClasses(names: readonly string[]): void {
    for (const name of names) if (!this.classes.includes(name)) this.classes.push(name);
  }

  /** Whether a class is the person's own and no picture has it, so that it can be taken away. */
  isRemovable(c: number): boolean {
    return c >= this.givenClasses && c < this.classes.length && ![...this.edits.values()].includes(c);
  }

  /**
   * Takes a class away; those behind it move up (`withoutClass`).
   * @throws RangeError where it came with the pictures, or some picture has it; nothing is changed then
   */
  removeClass(c: number): void {
    if (!this.isRemovable(c)) throw new RangeError(`class ${c} cannot be taken away`);
    this.touched = true;
    this.classes.splice(c, 1);
    for (const [image, label] of this.edits) this.edits.set(image, withoutClass(label, c));
  }

  /**
   * @param to one for all, or one for each: a class, `UNLABELED`, `IGNORED` or `GIVEN`
   * @throws RangeError where there is no such picture or class; nothing is changed then
   */
  set(images: Uint32Array, to: number | Int32Array): LabelChange {
    const after = typeof to === 'number' ? new Int32Array(images.length).fill(to) : Int32Array.from(to);
    if (after.length !== images.length) throw new RangeError(`${after.length} labels for ${images.length} pictures`);
    for (const image of images) if (image >= this.size) throw new RangeError(`there is no picture ${image}`);
    for (const label of after)
      if (label < GIVEN || label >= this.classes.length) throw new RangeError(`there is no class ${label}`);
    this.touched = true;
    const before = Int32Array.from(images, (image) => this.edits.get(image) ?? GIVEN);
    images.forEach((image, i) => {
      const label = after[i] as number;
      if (label === GIVEN) this.edits.delete(image);
      else this.edits.set(image, label);
    });
    return { images: Uint32Array.from(images), before, after };
  }

  /** All changes in the order of the pictures: what `set` of a fresh book takes. */
  changes(): { images: Uint32Array<ArrayBuffer>; to: Int32Array<ArrayBuffer> } {
    const images = Uint32Array.from(this.edits.keys()).toSorted();
    return { images, to: Int32Array.from(images, (image) => this.edits.get(image) ?? GIVEN) };
  }

  /** Class, `UNLABELED` or `IGNORED` of every picture. */
  codes(): Int32Array<ArrayBuffer> {
    const codes = Int32Array.from(this.given);
    for (const [image, label] of this.edits) codes[image] = label;
    return codes;
  }
}

/** What a label is called once a class is gone: none where it was that class. */
export const withoutClass = (label: number, gone: number): number =>
  label === gone ? UNLABELED : label > gone ? label - 1 : label;

/** Labels as everything that computes takes them: pictures that are left out have none. */
export function labelsOf(codes: Int32Array): Int32Array<ArrayBuffer> {
  return Int32Array.from(codes, (code) => (code === IGNORED ? UNLABELED : code));
}

/** 1 for pictures that are left out; null where there is none. */
export function ignoredOf(codes: Int32Array): Uint8Array<ArrayBuffer> | null {
  return codes.includes(IGNORED) ? Uint8Array.from(codes, (code) => Number(code === IGNORED)) : null;
}

/** Labeled pictures of each class, and those without a label; what is left out counts nowhere. */
export function countLabels(
  codes: Int32Array,
  classCount: number,
): { labeledPerClass: number[]; unlabeledCount: number; ignoredCount: number } {
  const labeledPerClass = Array.from({ length: classCount }, () => 0);
  let [unlabeledCount, ignoredCount] = [0, 0];
  for (const code of codes) {
    if (code === IGNORED) ignoredCount += 1;
    else if (code === UNLABELED) unlabeledCount += 1;
    else labeledPerClass[code] = (labeledPerClass[code] ?? 0) + 1;
  }
  return { labeledPerClass, unlabeledCount, ignoredCount };
}
