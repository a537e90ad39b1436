import { describe, expect, it } from 'vitest';
import { blockLayouts, blockResults, thirdsOf, watchedBlocks } from './blocks';
import { Value, type TwinOp } from './graph';

const apply = (op: TwinOp, x: Value, shape: number[]): Value => Value.of(op, [x], shape);
const conv = (x: Value, stride: number, channels: number): Value =>
  apply({ kind: 'conv', stride, pad: 1 }, x, [
    1,
    (x.shape[1] as number) / stride,
    (x.shape[2] as number) / stride,
    channels,
  ]);
const relu = (x: Value): Value => apply({ kind: 'unary', fn: 'relu' }, x, [...x.shape]);
const picture = (): Value => Value.of({ kind: 'input' }, [], [1, 32, 32, 3]);

describe('blocks that token heads look at', () => {
  it('are 4 and 8 of a transformer’s 12, and a third and two thirds of other depths', () => {
    expect([12, 24, 6, 2].map(thirdsOf)).toEqual([
      [4, 8],
      [8, 16],
      [2, 4],
      [1, 1],
    ]);
  });

  it('are the last two stages of a convolutional tower that another follows, rectified', () => {
    const first = relu(conv(conv(picture(), 2, 4), 1, 8));
    const second = relu(conv(first, 2, 16));
    const third = relu(conv(relu(conv(second, 2, 16)), 1, 24));
    const padding = [
      [0, 0],
      [0, 1],
      [0, 1],
      [0, 0],
    ] as const;
    const padded = apply({ kind: 'pad', pads: padding, fill: 0 }, third, [1, 5, 5, 24]);
    const last = apply({ kind: 'conv', stride: 2, pad: 0 }, padded, [1, 2, 2, 32]);
    const output = apply({ kind: 'reduce', fn: 'mean', axes: [1, 2] }, last, [1, 32]);
    expect(blockResults(output)).toEqual([first, second, third]);
    expect(watchedBlocks(output)).toEqual([2, 3]);
    expect(blockLayouts(output)[2]).toEqual({ width: 24, grid: [4, 4], form: 'map', leading: 0 });
  });

  it('are none of a tower that makes nothing smaller', () => {
    const output = apply({ kind: 'reduce', fn: 'mean', axes: [1, 2] }, relu(conv(picture(), 1, 4)), [1, 4]);
    expect(watchedBlocks(output)).toEqual([]);
    expect(blockLayouts(output)).toEqual([]);
  });
});
