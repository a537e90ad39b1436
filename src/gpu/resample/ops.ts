/** Resampling by two as two linear maps that are each other's adjoints, hence each other's gradients. */
import { defineOp } from '../kernel/op';
import type { Tensor } from '../tensor';
import { blockSum2x, repeat2x } from './kernels';

interface Attrs {
  factor: number;
}

export const repeatOp = defineOp<'x', Attrs>({
  name: 'StudioRepeat2x',
  forward: ({ x }, { factor }) => repeat2x(x, factor),
  backward: (dy, _saved, attrs) => ({ x: (): Tensor => blockSumOp({ x: dy }, attrs) }),
});

export const blockSumOp = defineOp<'x', Attrs>({
  name: 'StudioBlockSum2x',
  forward: ({ x }, { factor }) => blockSum2x(x, factor),
  backward: (dy, _saved, attrs) => ({ x: (): Tensor => repeatOp({ x: dy }, attrs) }),
});
