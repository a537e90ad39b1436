/**
 * Types that every layer speaks. Indices are positions: `imageIndex` in the data set's image list, `classIndex` in its
 * class list, `slot` in the list of all clusters of all classes, in class order (docs/method.md, Notation).
 */

import type { ImageIndex, SlotIndex } from './indices';
import type { Matte } from './matte';

/** Label value of an image without a label. */
export const UNLABELED = -1;

/** One cluster k of class c. Slots are listed in class order; `slot` is the position in that list. */
export interface Slot {
  slot: number;
  classIndex: number;
  /** Cluster number inside the class, from 0. */
  cluster: number;
}

/** A learnt context vector in words: the nearest entries of the vocabulary, nearest first. */
export interface NearestWord {
  word: string;
  /** Euclidean distance in token-embedding space. */
  distance: number;
}

/** A word that a cluster's pictures fit better than its siblings' do. */
export interface ClusterWord {
  word: string;
  /** By how much, in standard deviations of the pictures. */
  effect: number;
  /** Whether the learnt prompt says so too; null while it does not differ from its siblings'. */
  agrees: boolean | null;
}

/** The words that set a cluster apart; none where nothing in the vocabulary does. */
export interface ClusterWords {
  /** What it was compared with: the other clusters of its class or, where there are none, the other classes. */
  against: 'siblings' | 'classes';
  /** Best first. */
  words: ClusterWord[];
  /** Whether there are none because too few trusted pictures, on either side, say anything. */
  few?: boolean;
}

/** A cluster's prompt as it was when prompts were learnt, at the beginning and at each refresh. */
export interface PromptMoment {
  /** Of the networks; 0 before training. */
  iteration: number;
  /** Those that set the cluster apart then, best first. */
  words: string[];
  /** The nearest word of each context vector. */
  nearest: string[];
  /** By how many degrees its text feature has turned since the moment before; null at the first. */
  turned: number | null;
  /** Degrees to the nearest other prompt; null where there is none. */
  apart: number | null;
}

/** What a person sees of one cluster. */
export interface ClusterCard extends Slot {
  slot: SlotIndex;
  className: string;
  /** Share of the trusted images' mass that lies in this slot, in [0, 1]; all slots sum to 1. */
  share: number;
  /** Variance of its pictures' features as a share of that of all pictures; null where nothing can be said. */
  spread: number | null;
  /** Images with the highest membership in this slot, best first. */
  exemplars: ImageIndex[];
  /** For each of the M context vectors, its nearest vocabulary words. Empty without a text tower. */
  context: NearestWord[][];
  /** Cosine between this slot's prompt feature and the mean feature of its images; null without a text tower. */
  promptCosine: number | null;
  /** Null without a text tower. */
  words: ClusterWords | null;
  /** Oldest first, the present at the end; empty without learnt prompts. */
  history: PromptMoment[];
}

/** Positions in the list of decoded pictures. */
export interface Duplicates {
  /** Copies beyond the first of their kind; of labeled and unlabeled ones the unlabeled. */
  copies: number[];
  /** All pictures of kinds that are in more than one class. */
  contradicting: number[];
}

/**
 * Of pictures that are read: only the first of several pages or frames counts; transparent parts were laid over a colour.
 */
export type PictureNote = 'pages' | 'frames' | 'transparent';
/** How many pictures a note is for, and the path of the first. */
export type Noted = Partial<Record<PictureNote, { count: number; first: string }>>;

/** How an imported data set was read, after decoding. */
export interface DatasetSummary {
  classes: string[];
  imageCount: number;
  labeledPerClass: number[];
  unlabeledCount: number;
  /** Pictures that could not be decoded: left out, and named to the user. */
  broken: { path: string; reason: string }[];
  /** Pictures whose file is there more than once; absent where nobody looked. */
  duplicates?: Duplicates | undefined;
  /** Absent where nobody looked. */
  noted?: Noted | undefined;
  /** What transparent parts were laid over; absent: white. */
  matte?: Matte | undefined;
  /** Edge length that the pictures were resized to. */
  resolution: number;
}

/** What label inference did (docs/method.md, section 1). */
export interface LabelInferenceSummary {
  /** Weight of the zero-shot logits, in [0, 1], chosen by cross-validation. */
  alpha: number;
  temperature: number;
  /** Cross-validated accuracy on the labeled images, in [0, 1]; null where too few labels to hold any back. */
  crossValidatedAccuracy: number | null;
  zeroShotAccuracy: number | null;
  labeled: number;
  /** Unlabeled images with trust > 0 and with trust = 0. */
  trusted: number;
  untrusted: number;
  /** Inferred images a class (arg max, trusted only). */
  inferredPerClass: number[];
}

/** A share of pictures, as the numbers that it comes from. */
export interface Score {
  right: number;
  count: number;
}

/** What learnt prompts are worth (docs/method.md, section 3). Null where there was no picture to judge by. */
export interface PromptQuality {
  /** Labeled pictures that prompts give their class: those that they were trained on, and those held back from it. */
  trained: Score | null;
  heldBack: Score | null;
  /** Accuracy of the first label inference on held-out labels, in [0, 1], for comparison. */
  probe: number | null;
  /**
   * Held-back pictures that prompts of their class give their strongest cluster; `chance`: the share that naming each
   * class's most frequent cluster would get right.
   */
  withinClass: (Score & { chance: number }) | null;
  /** Mean cosine of two prompts of one class; null where no class has two. */
  siblings: number | null;
}

/** Loss terms and vital signs of one iteration; names are the keys of charts and CSV columns. */
export interface StatPoint {
  iteration: number;
  kimg: number;
  values: Record<string, number>;
}
