/**
 * What comes back when a person asks CLIP about words: for each text the pictures that fit best and worst, and how the
 * scores are spread.
 */
import * as v from 'valibot';
import { imageIndex } from '../../shared/indices';

/** Texts of one question, and characters of one text, at most. */
export const mostTexts = 32;
export const mostCharacters = 2000;

const integer = v.pipe(v.number(), v.integer());

/** The texts of a question as they cross to the worker. */
export const askedTexts = v.pipe(
  v.array(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(mostCharacters))),
  v.minLength(1),
  v.maxLength(mostTexts),
);

const hit = v.object({
  image: v.pipe(integer, v.transform(imageIndex)),
  /** Cosine of text and picture, in [-1, 1]. */
  score: v.number(),
  /** The picture's class as given or inferred, or -1 where it is not known yet. */
  classIndex: integer,
  given: v.boolean(),
});
export type Hit = v.InferOutput<typeof hit>;

const textAnswer = v.object({
  text: v.string(),
  /** What was read of it, where it was too long for this CLIP; else null. */
  read: v.nullable(v.string()),
  /** Best first, and worst first. */
  best: v.array(hit),
  worst: v.array(hit),
  median: v.number(),
  /** Pictures in equal parts of [from, to] of the whole answer. */
  counts: v.array(integer),
  /** Pictures that this text fits better than all other texts of the question do. */
  won: integer,
});
export type TextAnswer = v.InferOutput<typeof textAnswer>;

export const clipAnswerSchema = v.object({
  /** Name of the CLIP that was asked. */
  clip: v.string(),
  /** Whether that is the small stand-in, which knows few words. */
  standIn: v.boolean(),
  /** Pictures that have a score. */
  pictures: integer,
  /** Lowest and highest score over all texts. */
  from: v.number(),
  to: v.number(),
  texts: v.array(textAnswer),
});
export type ClipAnswer = v.InferOutput<typeof clipAnswerSchema>;
