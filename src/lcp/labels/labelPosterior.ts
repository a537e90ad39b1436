/**
 * What every way of inferring labels shares (docs/method.md, section 1): probabilities of all images from one matrix of
 * logits, one-hot rows for what the user labeled, trust for the rest, and the counts that are shown.
 */
import { UNLABELED, type LabelInferenceSummary } from '../../shared/domain';
import type { Cooperative } from '../../shared/cooperative';
import { allRows, argMax, multiplyRows } from '../../shared/linearAlgebra';
import { softmaxRow } from './softmaxRegression';
import { trustOf } from './temperature';

/** Images with a label, ascending. */
export function labeledRows(labels: Int32Array): Int32Array {
  return allRows(labels.length).filter((i) => (labels[i] as number) !== UNLABELED);
}

/** softmax(features x weights^T, adjusted row by row), [n, m], in blocks. */
export function* softmaxOver(
  features: Float32Array,
  d: number,
  weights: Float64Array,
  m: number,
  n: number,
  adjust: (row: Float64Array) => void,
): Cooperative<Float32Array> {
  const out = new Float32Array(n * m);
  yield* logitBlocks({ features, d, weights, m, n }, (image, row) => {
    adjust(row);
    softmaxRow(row, 0, m);
    out.set(row, image * m);
  });
  return out;
}

/**
 * features x weights^T, row by row to `take` without ever holding all of it.
 * @param take is given the row of a picture, [m], which it may change and must not keep
 */
export function* logitBlocks(
  { features, d, weights, m, n }: { features: Float32Array; d: number; weights: Float64Array; m: number; n: number },
  take: (image: number, row: Float64Array) => void,
): Cooperative<void> {
  const blockRows = Math.max(1, Math.min(1024, Math.floor(4_000_000 / (d * m))));
  for (let from = 0; from < n; from += blockRows) {
    const count = Math.min(blockRows, n - from);
    const rows = Int32Array.from({ length: count }, (_, i) => from + i);
    const logits = new Float64Array(count * m);
    multiplyRows({ features, d, rows, weights, m }, logits);
    for (let i = 0; i < count; i += 1) take(from + i, logits.subarray(i * m, (i + 1) * m));
    yield from / n;
  }
}

export type Counts = Pick<LabelInferenceSummary, 'labeled' | 'trusted' | 'untrusted' | 'inferredPerClass'>;

/** Makes rows of labeled images one-hot, in place, and derives trust and counts. */
export function settle(
  probabilities: Float32Array,
  labels: Int32Array,
  classCount: number,
): { trust: Float32Array; counts: Counts } {
  const trust = new Float32Array(labels.length);
  const counts: Counts = {
    labeled: 0,
    trusted: 0,
    untrusted: 0,
    inferredPerClass: Array.from({ length: classCount }, () => 0),
  };
  labels.forEach((label, i) => {
    const o = i * classCount;
    if (label !== UNLABELED) {
      probabilities.fill(0, o, o + classCount);
      probabilities[o + label] = 1;
      trust[i] = 1;
      counts.labeled += 1;
      return;
    }
    const top = argMax(probabilities, o, classCount);
    const w = trustOf(probabilities[o + top] as number, classCount);
    trust[i] = w;
    if (w > 0) {
      counts.trusted += 1;
      counts.inferredPerClass[top] = (counts.inferredPerClass[top] as number) + 1;
    } else counts.untrusted += 1;
  });
  return { trust, counts };
}
