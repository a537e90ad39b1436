/**
 * What a measurement of samples against reals gives: plain data, the same on the page, in files and on the command
 * line. Every number says on which features it stands and over how many pictures; what could not be measured is null
 * with a reason, never zero.
 */
import * as v from 'valibot';
import { imageIndex } from '../../shared/indices';

const number = v.number();
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const networkSchema = v.object({
  id: v.string(),
  name: v.string(),
  licence: v.string(),
  hash: v.string(),
  dim: count,
  inputSize: count,
  independent: v.boolean(),
  comparableWithInceptionFid: v.boolean(),
  trainedOn: v.optional(v.string()),
  note: v.string(),
});

const kidSchema = v.object({
  mean: number,
  /** Error of `mean` as of a fresh draw of all pictures; null where there are too few for it. */
  standardError: v.nullable(number),
  deviation: number,
  subsets: count,
  subsetSize: count,
});

/** Distances and neighbours of a set of samples against a set of reals. */
const distanceFields = {
  frechet: v.nullable(number),
  kid: v.nullable(kidSchema),
  precision: v.nullable(number),
  recall: v.nullable(number),
  density: v.nullable(number),
  coverage: v.nullable(number),
};

const groupSchema = v.object({
  /** Class index or slot. */
  index: count,
  name: v.string(),
  reals: count,
  samples: count,
  ...distanceFields,
  /** Share of the samples of this class that the classifier takes for it; null for clusters. */
  accuracy: v.nullable(number),
  /** Why numbers are missing; empty where none is. */
  reason: v.string(),
});

const classifierSchema = v.object({
  /** E.g. "linear probe on ResNet-50 (ImageNet) features". */
  name: v.string(),
  /** Labeled reals that it learnt from and that it was tested on. */
  trainedOn: count,
  heldOut: count,
  accuracyOnReals: number,
  accuracyOnSamples: number,
  samples: count,
});

const copySchema = v.object({
  share: number,
  suspects: count,
  samePixels: count,
  threshold: number,
  percentile: number,
  pairs: v.array(
    v.object({
      sample: count,
      real: v.pipe(count, v.transform(imageIndex)),
      distance: number,
      rank: number,
      pixelDifference: number,
    }),
  ),
});

export const evaluationSchema = v.object({
  version: v.literal(1),
  /** When it was taken, ISO 8601, UTC. */
  created: v.string(),
  /** Where the run stood; null for pictures from elsewhere. */
  kimg: v.nullable(number),
  featureNetwork: networkSchema,
  counts: v.object({ reals: count, samples: count, labeledReals: count }),
  seed: count,
  /** Neighbours of precision, recall, density and coverage. */
  k: count,
  ...distanceFields,
  perClass: v.array(groupSchema),
  perCluster: v.array(groupSchema),
  classifier: v.nullable(classifierSchema),
  classifierReason: v.string(),
  copies: v.nullable(copySchema),
  comparableWithInceptionFid: v.boolean(),
  /** What must be said beside the numbers. */
  note: v.string(),
});

export type Evaluation = v.InferOutput<typeof evaluationSchema>;
export type GroupEvaluation = v.InferOutput<typeof groupSchema>;
export type DistanceEvaluation = Pick<Evaluation, 'frechet' | 'kid' | 'precision' | 'recall' | 'density' | 'coverage'>;

/** Samples that published FID figures are made of; fewer give larger distances. */
export const samplesOfPublishedFigures = 50_000;

/** What the Frechet distance of this measurement is called: never "FID" unless it is one. */
export function distanceName({
  featureNetwork,
  comparableWithInceptionFid,
}: Pick<Evaluation, 'featureNetwork' | 'comparableWithInceptionFid'>): string {
  return comparableWithInceptionFid ? 'FID' : `FD on ${featureNetwork.name} features`;
}
