/**
 * Section 5 of docs/method.md written down term by term in float64, in both forms of the game: what the tests hold the
 * losses to.
 */

export interface PixelLogits {
  /** a(T(x)), b(T(x), u) of the reals; a(T(x~)), b(T(x~), u') of the fakes. */
  aReal: number[];
  bReal: number[];
  aFake: number[];
  bFake: number[];
  /** a(x), b(x, u): the reals not augmented, for the consistency term. */
  aPlain?: number[];
  bPlain?: number[];
}

export interface ClipLogits {
  rReal: number[];
  rFake: number[];
  rcReal: number[];
  rcFake: number[];
  rcWrong: number[];
}

export interface LossSetting {
  w: number[];
  lambda: number;
  lambdaClip: number;
  consistency: number;
}

/** V+ and V- of a critic, and the generator's. */
export interface FormReference {
  wantsHigh(t: number): number;
  wantsLow(t: number): number;
  generator(t: number): number;
}

export const hingeReference: FormReference = {
  wantsHigh: (t) => Math.max(0, 1 - t),
  wantsLow: (t) => Math.max(0, 1 + t),
  generator: (t) => -t,
};

export const logisticReference: FormReference = {
  wantsHigh: (t) => Math.log1p(Math.exp(-t)),
  wantsLow: (t) => Math.log1p(Math.exp(t)),
  generator: (t) => Math.log1p(Math.exp(-t)),
};

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function weightedMean(values: number[], w: number[]): number {
  const total = w.reduce((sum, weight) => sum + weight, 0);
  return total > 0 ? values.reduce((sum, value, i) => sum + value * (w[i] ?? 0), 0) / total : 0;
}

function squares(plain: number[], augmented: number[]): number[] {
  return plain.map((value, i) => (value - (augmented[i] ?? 0)) ** 2);
}

export function discriminatorLossReference(
  pixel: PixelLogits,
  clip: ClipLogits | null,
  { w, lambda, lambdaClip, consistency }: LossSetting,
  { wantsHigh, wantsLow }: FormReference,
): number {
  let loss = mean(pixel.aReal.map(wantsHigh)) + mean(pixel.aFake.map(wantsLow));
  loss += lambda * (weightedMean(pixel.bReal.map(wantsHigh), w) + mean(pixel.bFake.map(wantsLow)));
  if (pixel.aPlain && pixel.bPlain) {
    loss +=
      consistency *
      (mean(squares(pixel.aPlain, pixel.aReal)) + lambda * weightedMean(squares(pixel.bPlain, pixel.bReal), w));
  }
  if (clip) {
    const conditional =
      weightedMean(clip.rcReal.map(wantsHigh), w) +
      0.5 * mean(clip.rcFake.map(wantsLow)) +
      0.5 * weightedMean(clip.rcWrong.map(wantsLow), w);
    loss += lambdaClip * (mean(clip.rReal.map(wantsHigh)) + mean(clip.rFake.map(wantsLow)) + lambda * conditional);
  }
  return loss;
}

export function generatorLossReference(
  { aFake, bFake }: Pick<PixelLogits, 'aFake' | 'bFake'>,
  clip: Pick<ClipLogits, 'rFake' | 'rcFake'> | null,
  { lambda, lambdaClip }: Pick<LossSetting, 'lambda' | 'lambdaClip'>,
  form: FormReference,
): number {
  const of = (logits: number[]): number => mean(logits.map((t) => form.generator(t)));
  const pixel = of(aFake) + lambda * of(bFake);
  return clip ? pixel + lambdaClip * (of(clip.rFake) + lambda * of(clip.rcFake)) : pixel;
}
