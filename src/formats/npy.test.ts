import { describe, expect, it } from 'vitest';
import { writeNpy } from './npy';

describe('writeNpy', () => {
  it('writes what NumPy reads: magic, padded header, values', () => {
    const bytes = writeNpy(Uint8Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    const text = new TextDecoder('latin1').decode(bytes);
    expect(text.slice(1, 6)).toBe('NUMPY');
    expect(text).toContain("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3,), }");
    const start = 10 + (bytes[8] ?? 0) + 256 * (bytes[9] ?? 0);
    expect(start % 64).toBe(0);
    expect(text[start - 1]).toBe('\n');
    expect([...bytes.subarray(start)]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(new TextDecoder('latin1').decode(writeNpy(Int32Array.of(7), [1]))).toContain("'<i4'");
    expect(() => writeNpy(Uint8Array.of(1), [2])).toThrow(RangeError);
  });
});
