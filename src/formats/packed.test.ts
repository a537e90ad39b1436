import { describe, expect, it } from 'vitest';
import { pack, unpack } from './packed';

const value = {
  name: 'a “word”',
  share: 0.1 + 0.2,
  none: null,
  rows: [[1], [], [2, 3]],
  trust: Float32Array.of(1, -0, Number.NaN, 1e-40, 1 / 3),
  nested: { weights: Float64Array.of(Math.PI, Number.NEGATIVE_INFINITY), empty: new Int32Array() },
  starts: Uint32Array.of(0, 0xffffffff),
  codes: Uint8Array.of(7, 8, 9),
};

describe('packed data', () => {
  it('comes back to the bit, whatever lies around it', () => {
    const bytes = pack(value);
    const around = new Uint8Array(bytes.length + 3);
    around.set(bytes, 3);
    expect(unpack(around.subarray(3))).toStrictEqual(value);
    const part = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    expect(unpack(pack({ part }))).toStrictEqual({ part: Float32Array.of(2, 3) });
  });

  it('is the same for the same data, and another for any change of it', () => {
    const text = (packed: unknown): string => Buffer.from(pack(packed)).toString('hex');
    expect(text(structuredClone(value))).toBe(text(value));
    const others = [
      { ...value, share: 0.3 },
      { ...value, codes: Int32Array.of(7, 8, 9) },
      { ...value, trust: Float32Array.of(1, 0, Number.NaN, 1e-40, 1 / 3) },
      { ...value, rows: [[1], [2], [3]] },
    ];
    for (const other of others) expect(text(other)).not.toBe(text(value));
  });

  it('refuses what it could not give back', () => {
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, -0]) expect(() => pack({ number })).toThrow(RangeError);
    expect(() => pack({ halves: Uint16Array.of(1) })).toThrow('Uint16Array');
  });

  it('does not open what was cut off', () => {
    const bytes = pack(value);
    for (const length of [0, 20, bytes.length - 1]) expect(() => unpack(bytes.subarray(0, length))).toThrow();
  });
});
