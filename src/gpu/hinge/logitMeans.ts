/**
 * Means over the two halves of a batch of logits, reals first and fakes after: what charts show of a discriminator. One
 * dispatch; never differentiated.
 */
import { defineMultiOp } from '../kernel/op';
import { runProgram } from '../kernel/program';
import type { Tensor } from '../tensor';

/** Scalars. */
export type LogitMeans = {
  /** Mean logit of the reals and of the fakes. */
  real: Tensor;
  fake: Tensor;
  /** Mean sign of the logit: +1 = all judged real, -1 = all judged fake. */
  signReal: Tensor;
  signFake: Tensor;
};

const logitMeansOp = defineMultiOp<'logits', { batch: number }>({
  name: 'StudioLogitMeans',
  forward: ({ logits }, { batch }) =>
    runProgram({
      label: 'logitMeans',
      ints: { batch, columns: logits.shape[1] ?? 1 },
      outputs: { real: { shape: [] }, fake: { shape: [] }, signReal: { shape: [] }, signFake: { shape: [] } },
      inputs: { logits: { tensor: logits } },
      body: () => /* wgsl */ `
@compute @workgroup_size(2) fn main(@builtin(local_invocation_index) half: u32) {
  var sum = 0.0;
  var signs = 0.0;
  for (var i = 0; i < dims.batch; i++) {
    let logit = logits[(i32(half) * dims.batch + i) * dims.columns];
    sum += logit;
    signs += sign(logit);
  }
  if (half == 0u) { real[0] = sum / f32(dims.batch); signReal[0] = signs / f32(dims.batch); }
  else { fake[0] = sum / f32(dims.batch); signFake[0] = signs / f32(dims.batch); }
}`,
      workgroups: [1],
    }),
});

/**
 * @param logits [R, columns], R >= 2 batch: `batch` reals, `batch` fakes, further rows are ignored; the first column
 * counts
 * @throws RangeError if there are fewer rows
 */
export function logitMeans(logits: Tensor, batch: number): LogitMeans {
  if ((logits.shape[0] ?? 0) < 2 * batch)
    throw new RangeError(`logitMeans: ${logits.shape[0] ?? 0} rows for a batch of ${batch}`);
  const [real, fake, signReal, signFake] = logitMeansOp({ logits }, { batch }) as [Tensor, Tensor, Tensor, Tensor];
  return { real, fake, signReal, signFake };
}
