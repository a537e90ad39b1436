/** Inputs for fuzzing: sound ones, damaged in the ways in which files are damaged, or made to lie; and plain noise. */
import * as fc from 'fast-check';
import { joinedBytes } from '../../shared/joined';

type Bytes = Uint8Array<ArrayBuffer>;
type Change = (bytes: Bytes) => Bytes;

const place = fc.double({ min: 0, max: 1, noNaN: true });
const at = (bytes: Bytes, share: number): number => Math.min(bytes.length - 1, Math.floor(share * bytes.length));

/** Numbers at which sizes go wrong. */
const odd = fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff);

const change: fc.Arbitrary<Change> = fc.oneof(
  place.map(
    (share): Change =>
      (bytes) =>
        bytes.slice(0, at(bytes, share)),
  ),
  fc.tuple(place, fc.nat(255)).map(([share, value]): Change => (bytes) => {
    const out = bytes.slice();
    if (out.length > 0) out[at(out, share)] = value;
    return out;
  }),
  fc.tuple(place, odd, fc.boolean()).map(([share, value, little]): Change => (bytes) => {
    const out = bytes.slice();
    const from = Math.min(at(out, share), out.length - 4);
    if (from >= 0) new DataView(out.buffer).setUint32(from, value, little);
    return out;
  }),
  fc.tuple(place, place).map(([a, b]): Change => (bytes) => {
    const [from, to] = [at(bytes, Math.min(a, b)), at(bytes, Math.max(a, b))];
    return joinedBytes([bytes.subarray(0, to), bytes.subarray(Math.max(0, from))]);
  }),
  fc.tuple(place, fc.uint8Array({ maxLength: 40 })).map(
    ([share, more]): Change =>
      (bytes) =>
        joinedBytes([
          bytes.subarray(0, Math.max(0, at(bytes, share))),
          more,
          bytes.subarray(Math.max(0, at(bytes, share))),
        ]),
  ),
);

export function mutations(seeds: readonly Bytes[]): fc.Arbitrary<Bytes> {
  const noise = fc.uint8Array({ maxLength: 2000 }).map((bytes) => bytes.slice());
  const mutated = fc
    .tuple(fc.constantFrom(...seeds), fc.array(change, { minLength: 1, maxLength: 6 }))
    .map(([seed, changes]) => changes.reduce<Bytes>((bytes, each) => each(bytes), seed));
  return fc.oneof({ weight: 1, arbitrary: noise }, { weight: 9, arbitrary: mutated });
}
