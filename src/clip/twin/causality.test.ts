import { describe, expect, it } from 'vitest';
import { readsNothingPast } from './causality';
import { hostFloats, Value, type TwinOp } from './graph';

const [TEXTS, TOKENS, WIDTH] = [2, 5, 4];
const shape = [TEXTS, TOKENS, WIDTH];
const ends = [2, 4];
const apply = (kind: TwinOp, ...inputs: Value[]): Value => Value.of(kind, inputs, shape);
const tokens = (): Value => Value.of({ kind: 'input' }, [], shape);
const attention = (x: Value, causal: boolean): Value => apply({ kind: 'attention', scale: 1, causal }, x, x, x);

function picked(x: Value, positions: readonly number[]): Value {
  const selection = new Float32Array(TEXTS * TOKENS);
  positions.forEach((position, text) => (selection[text * TOKENS + position] = 1));
  const chosen = Value.of(
    { kind: 'binary', fn: 'mul' },
    [x, Value.constant(hostFloats([TEXTS, TOKENS, 1], selection))],
    shape,
  );
  return Value.of({ kind: 'reduce', fn: 'sum', axes: [1] }, [chosen], [TEXTS, 1, WIDTH]);
}

describe('readsNothingPast', () => {
  it('accepts causal attention that is read at the end tokens', () => {
    expect(readsNothingPast(picked(attention(tokens(), true), ends), ends, TOKENS)).toBe(true);
  });

  it('refuses attention that looks ahead, and a tower without attention', () => {
    expect(readsNothingPast(picked(attention(attention(tokens(), false), true), ends), ends, TOKENS)).toBe(false);
    expect(readsNothingPast(picked(tokens(), ends), ends, TOKENS)).toBe(false);
  });

  it('refuses other places to read from: the last position, a mean, two places at once', () => {
    const x = attention(tokens(), true);
    expect(readsNothingPast(picked(x, [4, 4]), ends, TOKENS)).toBe(false);
    const mean = Value.of({ kind: 'reduce', fn: 'mean', axes: [1] }, [x], [TEXTS, 1, WIDTH]);
    expect(readsNothingPast(mean, ends, TOKENS)).toBe(false);
    expect(
      readsNothingPast(
        Value.of({ kind: 'binary', fn: 'add' }, [picked(x, ends), mean], [TEXTS, 1, WIDTH]),
        ends,
        TOKENS,
      ),
    ).toBe(false);
  });

  it('refuses whatever else mixes tokens', () => {
    const mixed = apply({ kind: 'depthwise', stride: 1, pads: [0, 1, 0, 1] }, attention(tokens(), true));
    expect(readsNothingPast(picked(mixed, ends), ends, TOKENS)).toBe(false);
    const softmax = apply({ kind: 'softmax' }, attention(tokens(), true));
    expect(readsNothingPast(picked(softmax, ends), ends, TOKENS)).toBe(false);
  });
});
