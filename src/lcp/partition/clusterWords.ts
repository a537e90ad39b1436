/**
 * Words that set a cluster apart (docs/method.md, section 3): those that its pictures fit better than the pictures of
 * its siblings do. A word must pass five tests, so that it says something: the pictures show it (else shoes, which look
 * less unlike a bald head than shirts do, are called bald); it sets them apart further than invented words do (else the
 * CLIP in use only happens to put it there); it does both well enough together; the cluster fits it better than the data
 * set on the whole (a cat that looks less like a cat than other cats is no dog); and the difference is larger than chance
 * among so many words and clusters.
 * The learnt prompt, once it differs from its siblings', is asked as well; words that both agree on go first.
 */
import { part, runNow, type Cooperative } from '../../shared/cooperative';
import type { ClusterWord, ClusterWords } from '../../shared/domain';
import { rowCosine } from '../../shared/linearAlgebra';
import { groupDifference, Moments, studentQuantile, tailQuantile } from './groupTest';
import type { SparseRows } from './sparseRows';
import { beyondInvented, centredTexts, wordDirections, type WordDirections, type WordFeatures } from './wordDirections';

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
  /** Whether too few pictures on either side say anything. */
  few: boolean;
  found: { index: number; effect: number }[];
}

/** Chance that any word of any cluster passes where nothing tells the clusters apart, at most about. */
const FALSE_ALARM = 0.05;
/** Spreads of the invented words that the cluster's pictures must fit a word better than those. */
const SHOWN_BY_PICTURES = 2.5;
/** The same of how much better they fit it than the others' pictures do. */
const SETS_APART = 2.5;
/** Both together: a word that the pictures just show must set them apart the more, and the other way round. */
const TOGETHER = 7;
/** Share of the best word's sum that the others must come to as well. */
const OF_BEST = 0.8;
/** Spreads above the invented words along the way from the whole data set to the cluster. */
const MORE_THAN_ALL = 1;
/** Effective pictures on either side, at least. */
const FEWEST = 5;
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
  const directions = yield* part(wordDirections(vocabulary), 0, 0.2);
  const sums = yield* part(slotSums(input), 0.2, 0.4);
  const classOf = new Int32Array(slotCount);
  slotsOfClass.forEach((slots, c) => slots.forEach((s) => (classOf[s] = c)));
  const total = meanOf(sums, d, allSlots(slotCount));
  const result: PictureWords[] = [];
  for (let s = 0; s < slotCount; s += 1) {
    const siblings = (slotsOfClass[classOf[s] as number] ?? []).filter((other) => other !== s);
    const against = siblings.length > 0 ? 'siblings' : 'classes';
    const others = against === 'siblings' ? siblings : allSlots(slotCount).filter((other) => other !== s);
    const own = meanOf(sums, d, [s]);
    const rest = meanOf(sums, d, others);
    const few = others.length > 0 && Math.min(effective(sums, [s]), effective(sums, others)) < FEWEST;
    const found =
      own && rest && total && !few
        ? yield* part(
            tested(input, {
              slot: s,
              others,
              ...setApart(directions, vocabulary, { own, rest, total }),
              excluded: against === 'siblings' ? sameAs(classNames[classOf[s] as number] ?? '') : () => false,
              texts: directions.centred,
            }),
            0.4 + (0.6 * s) / slotCount,
            0.4 + (0.6 * (s + 1)) / slotCount,
          )
        : [];
    result.push({ against, few, found });
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
  const texts = prompts && centredTexts(vocabulary);
  for (const slots of slotsOfClass)
    for (const s of slots) {
      const { against, few, found } = pictures[s] ?? { against: 'siblings', few: true, found: [] };
      const others = against === 'siblings' ? slots.filter((other) => other !== s) : allSlots(pictures.length);
      const contrast =
        prompts &&
        promptContrast(
          prompts,
          d,
          s,
          others.filter((other) => other !== s),
        );
      const spreads = contrast && texts ? beyondInvented(texts, vocabulary, contrast) : null;
      const judged = found.map(({ index, effect }) => ({
        index,
        word: vocabulary.words[index] ?? '',
        effect,
        agrees: spreads && (spreads[index] as number) >= PROMPT_AGREES,
      }));
      const ordered = judged.toSorted((a, b) => Number(b.agrees === true) - Number(a.agrees === true));
      result[s] = { against, words: withoutSynonyms(ordered, vocabulary), ...(few ? { few } : {}) };
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

interface SlotSums {
  /** Sum of a f, [S, d]; a = w u. */
  sums: Float64Array;
  /** Sum of a, [S]. */
  mass: Float64Array;
  /** Sum of a^2, [S]. */
  squares: Float64Array;
}

function* slotSums({ features, d, u, trust }: ClusterWordsInput): Cooperative<SlotSums> {
  const sums = new Float64Array(u.columns * d);
  const mass = new Float64Array(u.columns);
  const squares = new Float64Array(u.columns);
  for (let image = 0; image < u.count; image += 1) {
    if (!seen(features, d, image)) continue;
    u.forRow(image, (s, share) => {
      const weight = share * (trust[image] as number);
      if (weight <= 0) return;
      mass[s] = (mass[s] as number) + weight;
      squares[s] = (squares[s] as number) + weight * weight;
      for (let j = 0; j < d; j += 1)
        sums[s * d + j] = (sums[s * d + j] as number) + weight * (features[image * d + j] as number);
    });
    if (image % 256 === 255) yield image / u.count;
  }
  return { sums, mass, squares };
}

/** A picture that could not be read has a feature of zeros. */
function seen(features: Float32Array, d: number, image: number): boolean {
  for (let j = image * d; j < (image + 1) * d; j += 1) if (features[j] !== 0) return true;
  return false;
}

const allSlots = (count: number): number[] => Array.from({ length: count }, (_, s) => s);

const sumOver = (values: Float64Array, slots: readonly number[]): number =>
  slots.reduce((sum, s) => sum + (values[s] as number), 0);

/** How many pictures of full weight would say as much as those of some slots. */
function effective({ mass, squares }: SlotSums, slots: readonly number[]): number {
  const square = sumOver(squares, slots);
  return square > 0 ? sumOver(mass, slots) ** 2 / square : 0;
}

function meanOf({ sums, mass }: SlotSums, d: number, slots: readonly number[]): Float64Array | null {
  const whole = sumOver(mass, slots);
  if (whole <= 0) return null;
  const mean = new Float64Array(d);
  for (const s of slots)
    for (let j = 0; j < d; j += 1) mean[j] = (mean[j] as number) + (sums[s * d + j] as number) / whole;
  return mean;
}

const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, j) => value - (b[j] as number));

/** Means of features: of the cluster, of those that it is held against, of all pictures. Each [d]. */
interface Means {
  own: Float64Array;
  rest: Float64Array;
  total: Float64Array;
}

/** Words that the pictures show and that set them apart from others, best first; and how many they show in all. */
function setApart(
  { centred, particular }: WordDirections,
  vocabulary: WordFeatures,
  { own, rest, total }: Means,
): Pick<Trial, 'candidates' | 'shown'> {
  const fits = beyondInvented(centred, vocabulary, own);
  const spreads = beyondInvented(particular, vocabulary, difference(own, rest));
  const more = beyondInvented(particular, vocabulary, difference(own, total));
  const both = fits.map((fit, i) => fit + (spreads[i] as number));
  const shown = Array.from(fits.keys()).filter((i) => (fits[i] as number) >= SHOWN_BY_PICTURES);
  const apart = shown
    .filter((i) => (spreads[i] as number) >= SETS_APART && (more[i] as number) >= MORE_THAN_ALL)
    .filter((i) => (both[i] as number) >= TOGETHER)
    .toSorted((i, j) => (both[j] as number) - (both[i] as number));
  const least = OF_BEST * (both[apart[0] ?? -1] ?? 0);
  return { candidates: apart.filter((i) => (both[i] as number) >= least).slice(0, CANDIDATES), shown: shown.length };
}

interface Trial {
  slot: number;
  others: readonly number[];
  excluded: (word: string) => boolean;
  candidates: readonly number[];
  /** Words among which the candidates were found. */
  shown: number;
  texts: Float64Array;
}

/** The candidates whose difference is no chance, in their order. */
function* tested(
  { features, d, u, trust, vocabulary }: ClusterWordsInput,
  { slot, others, excluded, candidates, shown, texts }: Trial,
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
  const limit = tailQuantile(FALSE_ALARM / (u.columns * shown));
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
