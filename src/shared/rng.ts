/**
 * Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2,
 * 3", SC 2011). Word i of the stream (seed, stream, step) is a pure function of these four numbers, so the same numbers
 * come out on the CPU (here) and on the GPU (`gpu/random/random.ts`), in any order, and a generator's whole state is
 * its position.
 *
 * Words to numbers, the same in both places: a uniform is the upper 24 bits of one word over 2^24, in [0, 1); a pair of
 * normals is the Box-Muller transform of a pair of words (2j, 2j + 1), with the first uniform moved to (0, 1].
 */

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

/** Upper 32 bits of the product of two 32-bit words. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/**
 * The block function: ten rounds.
 * @param counter four 32-bit words
 * @param key two 32-bit words
 * @returns four 32-bit words
 */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(multiplier0, c0);
    const low0 = Math.imul(multiplier0, c0);
    const high1 = multiplyHigh(multiplier1, c2);
    const low1 = Math.imul(multiplier1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + weyl0) >>> 0;
    k1 = (k1 + weyl1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** Names one stream of words. Different streams of a seed, and different steps of a stream, are independent. */
export interface StreamKey {
  /** 32 bits: the run. */
  seed: number;
  /** 32 bits: what the numbers are for. */
  stream?: number;
  /** 32 bits: which iteration. */
  step?: number;
}

/** Everything needed to go on where a generator stopped; plain data. */
export interface RandomState {
  seed: number;
  stream: number;
  step: number;
  /** Words drawn so far. */
  position: number;
  /** The second normal of the last pair, if it has not been handed out. */
  spare: number | null;
}

const toUnit = 2 ** -24;

/** A sequential reader of one stream. */
export class CounterRandom {
  private readonly seed: number;
  private readonly stream: number;
  private readonly step: number;
  private position = 0;
  private spare: number | null = null;
  private block: readonly number[] = [];
  private blockIndex = -1;

  constructor(seed: number | StreamKey, stream = 0, step = 0) {
    const key = typeof seed === 'number' ? { seed, stream, step } : seed;
    this.seed = key.seed >>> 0;
    this.stream = (key.stream ?? 0) >>> 0;
    this.step = (key.step ?? 0) >>> 0;
  }

  static restore(state: RandomState): CounterRandom {
    const random = new CounterRandom(state);
    random.position = state.position;
    random.spare = state.spare;
    return random;
  }

  state(): RandomState {
    const { seed, stream, step, position, spare } = this;
    return { seed, stream, step, position, spare };
  }

  /** The next 32-bit word. */
  word(): number {
    const blockIndex = Math.floor(this.position / 4);
    if (blockIndex !== this.blockIndex) {
      this.block = philox4x32([blockIndex >>> 0, this.step, 0, 0], [this.seed, this.stream]);
      this.blockIndex = blockIndex;
    }
    const word = this.block[this.position % 4] ?? 0;
    this.position += 1;
    return word;
  }

  /** Uniform in [0, 1), 24 bits. */
  uniform(): number {
    this.spare = null;
    return (this.word() >>> 8) * toUnit;
  }

  /** Standard normal; |value| < 5.8. Starts on an even word, so it may skip one. */
  normal(): number {
    if (this.spare !== null) {
      const second = this.spare;
      this.spare = null;
      return second;
    }
    if (this.position % 2 === 1) this.word();
    const radius = Math.sqrt(-2 * Math.log(((this.word() >>> 8) + 1) * toUnit));
    const angle = 2 * Math.PI * (this.word() >>> 8) * toUnit;
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Uniform integer in [0, n), without bias; 1 <= n <= 2^32. */
  integer(n: number): number {
    if (!(n >= 1 && n <= 2 ** 32)) throw new RangeError(`integer(${n})`);
    this.spare = null;
    const limit = 2 ** 32 - (2 ** 32 % n);
    let word = this.word();
    while (word >= limit) word = this.word();
    return word % n;
  }

  /** The numbers 0 .. n-1 in random order (Fisher-Yates). */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = order[i] ?? 0;
      order[i] = order[j] ?? 0;
      order[j] = held;
    }
    return order;
  }
}
