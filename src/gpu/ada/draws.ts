/**
 * Which random number does what: the columns of `adaAugment`'s draws. All are uniform in [0, 1); a chance comes up
 * where it is below the probability of its transform, and normals are made of pairs (Box and Muller), the cosine's
 * first.
 */

const names = [
  // chances, one a transform
  'chanceFlip',
  'chanceQuarter',
  'chanceShift',
  'chanceScale',
  'chanceTurnBefore',
  'chanceStretch',
  'chanceTurnAfter',
  'chanceDrift',
  'chanceBrightness',
  'chanceContrast',
  'chanceLumaFlip',
  'chanceHue',
  'chanceSaturation',
  // uniform values
  'flip',
  'quarter',
  'shiftX',
  'shiftY',
  'turnBefore',
  'turnAfter',
  'lumaFlip',
  'hue',
  // pairs of normal values: scale and stretch, drift along x and y, brightness and contrast, saturation and nothing
  'radiusSize',
  'angleSize',
  'radiusDrift',
  'angleDrift',
  'radiusLevel',
  'angleLevel',
  'radiusSaturation',
  'angleSaturation',
] as const;

export type AdaDraw = (typeof names)[number];

/** Column of each draw. */
export const adaColumn = Object.fromEntries(names.map((name, column) => [name, column])) as Record<AdaDraw, number>;

/** Columns that `adaAugment` expects; the last few are unused. */
export const adaDraws = 32;

/** Ranges and deviations of the public `bgc` set. */
export const adaRange = {
  /** Largest integer translation, as a share of the side. */
  shift: 0.125,
  /** Deviations of log2 of scale and of stretch. */
  scale: 0.2,
  stretch: 0.2,
  /** Deviation of the fractional translation, as a share of the side. */
  drift: 0.125,
  /** Deviation of brightness, for pictures in [-1, 1]. */
  brightness: 0.2,
  /** Deviations of log2 of contrast and of saturation. */
  contrast: 0.5,
  saturation: 1,
} as const;
