/**
 * What the self-test runs besides products: one small odd case of every kind of kernel, against its float64 reference,
 * the most needed first.
 */
import type { KernelCheck } from './judge';
import { furtherPictureChecks, joinedCheck, networkPictureChecks, resizeCheck } from './pictureChecks';
import { denseChecks, depthwiseChecks, halfProductCheck } from './productChecks';
import {
  activationCheck,
  clipRowChecks,
  columnSumCheck,
  furtherRowChecks,
  hingeCheck,
  logitMeansCheck,
  networkRowChecks,
} from './rowChecks';
import {
  averageCheck,
  gainsCheck,
  gatherCheck,
  normalCheck,
  optimizerCheck,
  spectralChecks,
  uniformCheck,
} from './stateChecks';

/** What every GAN step needs, however small: run on software adapters too. */
export const basicChecks: readonly KernelCheck[] = [
  activationCheck,
  columnSumCheck,
  normalCheck,
  gatherCheck,
  ...spectralChecks,
  hingeCheck,
  optimizerCheck,
  averageCheck,
];

/** The rest, on hardware: batches that are run one after the other while there is time. */
export const furtherChecks: readonly (readonly KernelCheck[])[] = [
  [logitMeansCheck, uniformCheck, ...networkPictureChecks, ...networkRowChecks, ...denseChecks, joinedCheck],
  [resizeCheck, ...clipRowChecks, ...depthwiseChecks],
  [...furtherRowChecks, ...furtherPictureChecks, halfProductCheck, gainsCheck],
];
