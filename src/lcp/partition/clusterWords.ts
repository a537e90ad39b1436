/**
 * Words that set a cluster apart (docs/method.md, section 3): those that its pictures fit better than the pictures of
 * its siblings do. A word must pass three tests, so that it says something: it goes further than invented words do
 * (else the CLIP in use only happens to put it there), the difference is larger than chance among so many words and
 * clusters, and the cluster fits it better than the data set on the whole (a cat that looks less like a cat than other
 * cats is no dog). The learnt prompt, once it differs from its siblings', is asked as well; words that both agree on go
 * first.
 */
import { part, runNow, type Cooperative } from '../../shared/cooperative';
import type { ClusterWord, ClusterWords } from '../../shared/domain';
import { rowCosine } from '../../shared/linearAlgebra';
import { groupDifference, Moments, studentQuantile, tailQuantile } from './groupTest';
import type { SparseRows } from './sparseRows';

/** Features of words and of invented ones. */
export interface WordFeatures {
  words: readonly string[];
  /** Unit rows, [V + G, d]: words first, then G invented ones. */
  features: Float32Array;
  d: number;
}

export interface ClusterWordsInput {
  /** Unit image features, [N, d]; rows of zeros are left out. */
  features: Float32Array;
  d: number;
  slotsOfClass: readonly (readonly number[])[];
  /** u, [N, S]. */
  u: SparseRows;
  /** w, [N]. */
  trust: Float32Array;
  vocabulary: WordFeatures;
  classNames: readonly string[];
}

/** What the pictures say of one slot; prompts are asked later. */
export interface PictureWords {
  against: ClusterWords['against'];
  found: { index: number; effect: number }[];
}

/** Chance that any word of any cluster passes where nothing tells the clusters apart, at most about. */
const FALSE_ALARM = 0.05;
/**
 * Spreads of the invented words' contrast that a word must lie above their mean: the best word of a cluster, so that it
 * speaks at all (of 2,000 words that mean nothing to a CLIP one in fifteen clusters has one there), and the others.
 */
const SPEAKS = 4;
const JOINS_IN = 3;
/** Share of the best word's way that the others must go as well. */
const OF_BEST = 0.5;
/** Spreads above the invented words along the way from the whole data set to the cluster. */
const FITS = 2;
/** Effective pictures on either side, at least. */
const FEWEST = 8;
/** Smallest difference shown, in spreads of the pictures. */
const SMALLEST_EFFECT = 0.5;
/** Words looked at picture by picture, and words kept for the prompt to choose from. */
const CANDIDATES = 48;
/** Words this alike say the same. */
const SAME_MEANING = 0.8;
/** 1 - cosine of a prompt and its siblings' mean, from which on it says something of its own. */
const PROMPT_APART = 0.01;
/** Spreads of the invented words that a word must lie above their mean for the prompt to agree. */
const PROMPT_AGREES = 2.5;
const SHOWN = 5;

export function pictureWords(input: ClusterWordsInput): PictureWords[] {
  return runNow(pictureWordsInParts(input));
}

/** What the pictures of each slot say, [S]. */
export function* pictureWordsInParts(input: ClusterWordsInput): Cooperative<PictureWords[]> {
  const { d, u, vocabulary, slotsOfClass, classNames } = input;
  const slotCount = u.columns;
  const texts = yield* part(centredTexts(vocabulary), 0, 0.1);
  const sums = yield* part(slotSums(input), 0.1, 0.4);
  const classOf = new Int32Array(slotCount);
  slotsOfClass.forEach((slots, c) => slots.forEach((s) => (classOf[s] = c)));
  const total = meanOf(sums, d, allSlots(slotCount));
  const limit = tailQuantile(FALSE_ALARM / Math.max(1, slotCount * vocabulary.words.length));
  const result: PictureWords[] = [];
  for (let s = 0; s < slotCount; s += 1) {
    const siblings = (slotsOfClass[classOf[s] as number] ?? []).filter((other) => other !== s);
    const against = siblings.length > 0 ? 'siblings' : 'classes';
    const others = against === 'siblings' ? siblings : allSlots(slotCount).filter((other) => other !== s);
    const own = meanOf(sums, d, [s]);
    const rest = meanOf(sums, d, others);
    const found =
      own && rest && total
        ? yield* part(
            tested(input, {
              slot: s,
              others,
              limit,
              excluded: sameAs(classNames[classOf[s] as number] ?? ''),
              candidates: beyondInvented(texts, vocabulary, difference(own, rest), difference(own, total)),
              texts,
            }),
            0.4 + (0.6 * s) / slotCount,
            0.4 + (0.6 * (s + 1)) / slotCount,
          )
        : [];
    result.push({ against, found });
  }
  return result;
}

/**
 * The words to show of each slot. @param prompts m, unit rows [S, d], or null where there are none: pictures alone speak
 * then
 */
export function clusterWords(
  pictures: readonly PictureWords[],
  { d, slotsOfClass, vocabulary }: Pick<ClusterWordsInput, 'd' | 'slotsOfClass' | 'vocabulary'>,
  prompts: Float32Array | null,
): ClusterWords[] {
  const result: ClusterWords[] = [];
  const texts = prompts && runNow(centredTexts(vocabulary));
  for (const slots of slotsOfClass)
    for (const s of slots) {
      const { against, found } = pictures[s] ?? { against: 'siblings', found: [] };
      const others = against === 'siblings' ? slots.filter((other) => other !== s) : allSlots(pictures.length);
      const contrast =
        prompts &&
        promptContrast(
          prompts,
          d,
          s,
          others.filter((other) => other !== s),
        );
      const spreads = contrast && texts ? beyond(texts, vocabulary, contrast) : null;
      const judged = found.map(({ index, effect }) => ({
        index,
        word: vocabulary.words[index] ?? '',
        effect,
        agrees: spreads && (spreads[index] as number) >= PROMPT_AGREES,
      }));
      const ordered = judged.toSorted((a, b) => Number(b.agrees === true) - Number(a.agrees === true));
      result[s] = { against, words: withoutSynonyms(ordered, vocabulary) };
    }
  return result;
}

/** Words that mean nothing new beside a better one are left out. */
function withoutSynonyms(
  candidates: readonly (ClusterWord & { index: number })[],
  { features, d }: WordFeatures,
): ClusterWord[] {
  const chosen: (ClusterWord & { index: number })[] = [];
  for (const candidate of candidates) {
    if (chosen.length === SHOWN) break;
    const row = (index: number): Float32Array => features.subarray(index * d, (index + 1) * d);
    const known = chosen.some(
      ({ index, word }) =>
        sharesAWord(word, candidate.word) || rowCosine(row(index), row(candidate.index), d, 0) >= SAME_MEANING,
    );
    if (!known) chosen.push(candidate);
  }
  return chosen.map(({ word, effect, agrees }) => ({ word, effect, agrees }));
}

const stem = (word: string): string => word.toLowerCase().replace(/(?<=[\p{L}\p{N}]{3})(?:e?s|y|ed|ing)$/u, '');
const sharesAWord = (a: string, b: string): boolean => {
  const own = new Set(a.split(/[\s-]+/).map(stem));
  return b.split(/[\s-]+/).some((word) => own.has(stem(word)));
};

/** Tells words that only repeat the class's name. */
function sameAs(className: string): (word: string) => boolean {
  const name = className
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .map(stem)
    .join(' ');
  return (word) =>
    word
      .split(/[\s-]+/)
      .map(stem)
      .join(' ') === name;
}

/** Texts less the mean word, float64 [V + G, d]: how a word differs from words in general. */
function* centredTexts({ words, features, d }: WordFeatures): Cooperative<Float64Array> {
  const mean = new Float64Array(d);
  for (let i = 0; i < words.length * d; i += 1)
    mean[i % d] = (mean[i % d] as number) + (features[i] as number) / words.length;
  yield 0.5;
  return Float64Array.from(features, (value, i) => value - (mean[i % d] as number));
}

interface SlotSums {
  /** Sum of a f, [S, d]; a = w u. */
  sums: Float64Array;
  /** Sum of a, [S]. */
  mass: Float64Array;
}

function* slotSums({ features, d, u, trust }: ClusterWordsInput): Cooperative<SlotSums> {
  const sums = new Float64Array(u.columns * d);
  const mass = new Float64Array(u.columns);
  for (let image = 0; image < u.count; image += 1) {
    if (!seen(features, d, image)) continue;
    u.forRow(image, (s, share) => {
      const weight = share * (trust[image] as number);
      if (weight <= 0) return;
      mass[s] = (mass[s] as number) + weight;
      for (let j = 0; j < d; j += 1)
        sums[s * d + j] = (sums[s * d + j] as number) + weight * (features[image * d + j] as number);
    });
    if (image % 256 === 255) yield image / u.count;
  }
  return { sums, mass };
}

/** A picture that could not be read has a feature of zeros. */
function seen(features: Float32Array, d: number, image: number): boolean {
  for (let j = image * d; j < (image + 1) * d; j += 1) if (features[j] !== 0) return true;
  return false;
}

const allSlots = (count: number): number[] => Array.from({ length: count }, (_, s) => s);

function meanOf({ sums, mass }: SlotSums, d: number, slots: readonly number[]): Float64Array | null {
  const whole = slots.reduce((sum, s) => sum + (mass[s] as number), 0);
  if (whole <= 0) return null;
  const mean = new Float64Array(d);
  for (const s of slots)
    for (let j = 0; j < d; j += 1) mean[j] = (mean[j] as number) + (sums[s * d + j] as number) / whole;
  return mean;
}

const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, j) => value - (b[j] as number));

function product(texts: Float64Array, d: number, row: number, direction: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < d; j += 1) sum += (texts[row * d + j] as number) * (direction[j] as number);
  return sum;
}

/** How far each word goes along a direction, in spreads of the invented words' way around their mean, [V]. */
function beyond(texts: Float64Array, { words, d }: WordFeatures, direction: Float64Array): Float64Array {
  const along = Float64Array.from({ length: texts.length / d }, (_, row) => product(texts, d, row, direction));
  const invented = along.subarray(words.length);
  const mean = invented.reduce((sum, value) => sum + value, 0) / invented.length;
  const spread = Math.sqrt(invented.reduce((sum, value) => sum + (value - mean) ** 2, 0) / invented.length);
  return along.subarray(0, words.length).map((value) => (spread > 0 ? (value - mean) / spread : 0));
}

/** Words that go further along `direction` than invented ones do, and along `overall` as well; best first. */
function beyondInvented(
  texts: Float64Array,
  vocabulary: WordFeatures,
  direction: Float64Array,
  overall: Float64Array,
): number[] {
  const spreads = beyond(texts, vocabulary, direction);
  const fits = beyond(texts, vocabulary, overall);
  const fitting = Array.from(spreads.keys())
    .filter((i) => (spreads[i] as number) >= JOINS_IN && (fits[i] as number) >= FITS)
    .toSorted((a, b) => (spreads[b] as number) - (spreads[a] as number));
  const best = spreads[fitting[0] ?? -1] ?? 0;
  if (best < SPEAKS) return [];
  return fitting.filter((i) => (spreads[i] as number) >= OF_BEST * best).slice(0, CANDIDATES);
}

interface Trial {
  slot: number;
  others: readonly number[];
  /** Standard normal quantile that a difference must pass. */
  limit: number;
  excluded: (word: string) => boolean;
  candidates: readonly number[];
  texts: Float64Array;
}

/** The candidates whose difference is no chance, in their order. */
function* tested(
  { features, d, u, trust, vocabulary }: ClusterWordsInput,
  { slot, others, limit, excluded, candidates, texts }: Trial,
): Cooperative<PictureWords['found']> {
  const chosen = candidates.filter((index) => !excluded(vocabulary.words[index] ?? ''));
  if (chosen.length === 0) return [];
  const groups = [new Moments(chosen.length), new Moments(chosen.length)] as const;
  const isOther = new Set(others);
  for (let image = 0; image < u.count; image += 1) {
    const weights = [0, 0];
    u.forRow(image, (s, share) => {
      const group = s === slot ? 0 : isOther.has(s) ? 1 : -1;
      if (group >= 0) weights[group] = (weights[group] ?? 0) + share * (trust[image] as number);
    });
    if (!weights.some((weight) => weight > 0) || !seen(features, d, image)) continue;
    const scores = chosen.map((index) => {
      let sum = 0;
      for (let j = 0; j < d; j += 1) sum += (texts[index * d + j] as number) * (features[image * d + j] as number);
      return sum;
    });
    groups.forEach((group, g) => group.add(scores, weights[g] ?? 0));
    if (image % 256 === 255) yield image / u.count;
  }
  const [own, rest] = groups;
  if (own.effective < FEWEST || rest.effective < FEWEST) return [];
  const needed = studentQuantile(limit, own.effective + rest.effective - 2);
  return chosen.flatMap((index, i) => {
    const { effect, z } = groupDifference(own, rest, i);
    return z >= needed && effect >= SMALLEST_EFFECT ? [{ index, effect }] : [];
  });
}

/** A prompt less its siblings' mean, [d]; null where it is their copy, or has none. */
function promptContrast(m: Float32Array, d: number, slot: number, others: readonly number[]): Float64Array | null {
  if (others.length === 0) return null;
  const mean = new Float64Array(d);
  for (const other of others)
    for (let j = 0; j < d; j += 1) mean[j] = (mean[j] as number) + (m[other * d + j] as number) / others.length;
  const own = m.subarray(slot * d, (slot + 1) * d);
  if (1 - rowCosine(own, mean, d, 0) < PROMPT_APART) return null;
  return mean.map((value, j) => (own[j] as number) - value);
}
