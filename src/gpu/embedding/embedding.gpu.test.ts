import { expect, it } from 'vitest';
import { randomArray, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { describeFamilies } from '../testing/variants';
import { grad, square, sum, tensor1d, tidy, type Tensor, type Tensor1D, type Tensor2D } from '../tensor';
import { mixEmbeddings, pickEmbeddings } from './embedding';
import { mixEmbeddingsRef, pickEmbeddingsRef } from './embedding.ref';

const picks = [1, 3, 3, 0, 1, 1];

describeFamilies('embedding', () => {
  it('mixes rows to second order', async () => {
    await checkOp({
      inputs: [{ shape: [5, 7] }, { shape: [7, 3] }],
      op: (u, table) => mixEmbeddings(u as Tensor2D, table as Tensor2D),
      reference: (u, table) => mixEmbeddingsRef(u, table, 7, 3),
      outputShape: [5, 3],
    });
  });

  it('picks rows to second order', async () => {
    await checkOp({
      inputs: [{ shape: [4, 5] }],
      op: (table) => square(pickEmbeddings(tensor1d(picks, 'int32'), table as Tensor2D)),
      reference: (table) => pickEmbeddingsRef(picks, table, 5).map((value) => value ** 2),
      outputShape: [6, 5],
    });
  });

  it('has the same gradient bits every time', async () => {
    const indices = tensor1d(
      Int32Array.from({ length: 400 }, (_, i) => i % 3),
      'int32',
    ) as Tensor1D;
    const [table, weights] = [toTensor(randomArray(15, 1), [3, 5]), toTensor(randomArray(2000, 2), [400, 5])];
    const gradient = (): Tensor =>
      tidy(() => grad((t: Tensor) => pickEmbeddings(indices, t as Tensor2D))(table, weights));
    const [first, again] = [gradient(), gradient()];
    expect(await again.data()).toEqual(await first.data());
    expect(() => pickEmbeddings(sum(table) as Tensor as Tensor1D, table as Tensor2D)).toThrow(/int32/);
    for (const tensor of [indices, table, weights, first, again]) tensor.dispose();
  });
});
