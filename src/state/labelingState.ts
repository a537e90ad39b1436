/** The part of the state that belongs to the labels of the pictures that are open. */
import { LabelBook, withoutClass, type LabelChange } from '../lcp/labels/labelBook';
import type { Findings } from '../session/labels/findings';
import type { Guesses } from '../session/labels/guesses';
import type { ErrorInfo } from '../shared/errors';

/** What may be shown in the grid. */
export type LabelFilter = 'all' | 'labeled' | 'open' | 'fixed' | 'ignored';
/** In which order: as they came, by class, by how sure the guess is, by what a label is worth, by words, by likeness. */
export type LabelOrder = 'path' | 'class' | 'unsure' | 'sure' | 'next' | 'words' | 'alike';

export interface LabelView {
  filter: LabelFilter;
  /** Only what has, or most likely has, this class; null: all. */
  classIndex: number | null;
  order: LabelOrder;
}

/** A change that can be undone. Classes, so that immer leaves their long lists alone. */
export class LabelStep {
  constructor(
    readonly name: string,
    readonly change: LabelChange,
  ) {}

  /** The same step once a class is gone. */
  withoutClass(gone: number): LabelStep {
    const { images, before, after } = this.change;
    const next = (labels: Int32Array): Int32Array<ArrayBuffer> =>
      Int32Array.from(labels, (label) => withoutClass(label, gone));
    return new LabelStep(this.name, { images, before: next(before), after: next(after) });
  }
}

/** Numbers for every picture, with what they are about. */
export class PictureRanking {
  constructor(
    readonly kind: 'words' | 'alike',
    /** The words, or the name of the picture. */
    readonly about: string,
    /** NaN for pictures that could not be read. */
    readonly scores: Float32Array,
    /** The pictures that the rest was compared with. */
    readonly models: readonly number[] = [],
  ) {}
}

/** What CLIP and the labels say of every picture. */
export class PictureGuesses {
  /** Place of each picture in the queue of labels that are worth most, from 0; pictures behind it count as `size`. */
  readonly places: Uint32Array;

  constructor(readonly guesses: Guesses) {
    this.places = new Uint32Array(guesses.inferred.length).fill(guesses.inferred.length);
    guesses.queue.forEach((image, place) => (this.places[image] = place));
  }
}

/** What can be said against the pictures, as it was found. */
export class PictureFindings {
  constructor(readonly findings: Findings) {}
}

/** The labels themselves, outside of immer: one picture of a hundred thousand may change at a key. */
export class Labels {
  constructor(readonly book: LabelBook) {}
}

export interface LabelingState {
  /** Null before there are pictures. */
  labels: Labels | null;
  /** Raised whenever a label changes. */
  revision: number;
  undo: LabelStep[];
  redo: LabelStep[];
  /** Pictures whose label the run that is going on does not know yet. */
  pending: number;
  guesses: PictureGuesses | null;
  findings: PictureFindings | null;
  /** Labels have changed since the guesses were made. */
  stale: boolean;
  /** CLIP is looking, or the guesses are being made. */
  studying: { label: string; done: number; total: number } | null;
  ranking: PictureRanking | null;
  ranked: boolean;
  view: LabelView;
  /** Pictures shown, in their order: renewed when a person asks for another view, not under the hands of one. */
  shown: Shown;
  problem: ErrorInfo | null;
}

export class Shown {
  constructor(readonly images: Uint32Array) {}
}

export function initialLabeling(): LabelingState {
  return {
    labels: null,
    revision: 0,
    undo: [],
    redo: [],
    pending: 0,
    guesses: null,
    findings: null,
    stale: false,
    studying: null,
    ranking: null,
    ranked: false,
    view: { filter: 'all', classIndex: null, order: 'path' },
    shown: new Shown(new Uint32Array()),
    problem: null,
  };
}
