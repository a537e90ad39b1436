import { describe, expect, it } from 'vitest';
import { StudioError } from '../shared/errors';
import { CounterRandom } from '../shared/rng';
import { readSafetensors, writeSafetensors, type SafeDtype, type SafeTensor } from './safetensors';

/** A file from a header text (or anything to be written as JSON) and data bytes. */
function fileOf(header: unknown, data: Uint8Array | number = 0, length?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const tail = typeof data === 'number' ? new Uint8Array(data) : data;
  const file = new Uint8Array(8 + text.length + tail.length);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  file.set(text, 8);
  file.set(tail, 8 + text.length);
  return file;
}

const entry = (begin: number, end: number, shape: unknown = [end - begin], dtype = 'U8'): object => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

function problemOf(bytes: Uint8Array): string {
  try {
    readSafetensors(bytes);
  } catch (error) {
    if (error instanceof StudioError && error.info.code === 'format') return error.info.why;
    throw error;
  }
  return 'none';
}

function randomTensor(random: CounterRandom): SafeTensor {
  const shape = Array.from({ length: random.integer(4) }, () => random.integer(4));
  const count = shape.reduce((product, side) => product * side, 1);
  const words = (): number[] => Array.from({ length: count }, () => random.word());
  const dtype = (['F32', 'F16', 'I32', 'I64', 'U8'] as const)[random.integer(5)] ?? ('U8' satisfies SafeDtype);
  switch (dtype) {
    case 'F32':
      // Any bits: NaN payloads and -0 must survive.
      return { dtype, shape, data: new Float32Array(Uint32Array.from(words()).buffer) };
    case 'F16':
      return { dtype, shape, data: Uint16Array.from(words()) };
    case 'I32':
      return { dtype, shape, data: Int32Array.from(words()) };
    case 'I64':
      return { dtype, shape, data: BigInt64Array.from(words(), (word) => -(BigInt(word) << 20n)) };
    case 'U8':
      return { dtype, shape, data: Uint8Array.from(words()) };
  }
}

const rawBytes = ({ data }: SafeTensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

describe('safetensors', () => {
  it('gives back what was written, to the last bit, over random files', () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = new CounterRandom(seed);
      const tensors = new Map(
        Array.from(
          { length: random.integer(6) },
          (_, i) => [`t${i}/"ä\\${random.word()}`, randomTensor(random)] as const,
        ),
      );
      const metadata = new Map(
        Array.from({ length: random.integer(3) }, (_, i) => [`k${i}`, `line\n"猫" ${random.word()}`]),
      );
      const read = readSafetensors(writeSafetensors(tensors, metadata));
      expect(read.metadata).toEqual(metadata);
      expect([...read.tensors.keys()].toSorted()).toEqual([...tensors.keys()].toSorted());
      for (const [name, tensor] of tensors) {
        const back = read.tensors.get(name);
        expect(back).toMatchObject({ dtype: tensor.dtype, shape: tensor.shape });
        expect(back && rawBytes(back)).toEqual(rawBytes(tensor));
      }
    }
  });

  it('aligns every array to its element size', () => {
    const bytes = writeSafetensors(
      new Map<string, SafeTensor>([
        ['a', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
        ['b', { dtype: 'I64', shape: [1], data: BigInt64Array.of(5n) }],
        ['c', { dtype: 'F16', shape: [1], data: Uint16Array.of(0x3c00) }],
        ['d', { dtype: 'F32', shape: [], data: Float32Array.of(2.5) }],
      ]),
    );
    const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes))) as Record<
      string,
      { data_offsets: number[] }
    >;
    expect(Object.entries(header).map(([name, { data_offsets }]) => [name, data_offsets[0]])).toEqual([
      ['b', 0],
      ['d', 8],
      ['c', 12],
      ['a', 14],
    ]);
  });

  it('reads a view into a larger buffer, and does not tie the arrays to it', () => {
    const file = fileOf({ a: entry(0, 4, [1], 'F32') }, new Uint8Array(Float32Array.of(1.5).buffer));
    const padded = new Uint8Array(file.length + 3);
    padded.set(file, 3);
    const tensor = readSafetensors(padded.subarray(3)).tensors.get('a');
    const buffer = Buffer.from(file);
    const fromBuffer = readSafetensors(buffer).tensors.get('a');
    padded.fill(0);
    buffer.fill(0);
    expect(tensor?.data).toEqual(Float32Array.of(1.5));
    expect(fromBuffer?.data).toEqual(Float32Array.of(1.5));
  });

  it('reads an empty file and trailing white space in the header', () => {
    expect(readSafetensors(fileOf('{}')).tensors.size).toBe(0);
    expect(readSafetensors(fileOf('{ } \n ')).tensors.size).toBe(0);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['no bytes', new Uint8Array(0), /too short/],
    ['seven bytes', new Uint8Array(7), /too short/],
    ['a header longer than the file', fileOf('{}', 0, 3n), /longer than the file/],
    ['the largest length there is', fileOf('{}', 0, 2n ** 64n - 1n), /longer than the file/],
    ['a header of no bytes', fileOf('', 4), /does not start/],
    ['another kind of file', fileOf('PK\u0003\u0004'), /does not start/],
    ['text after the header', fileOf('{}x'), /not what the format asks for/],
    ['an array of tensors', fileOf('[]'), /does not start/],
    ['a byte order mark', fileOf('\uFEFF{}'), /does not start/],
    ['broken UTF-8', fileOf('{}', 0).fill(0xff, 9, 10), /not UTF-8/],
    ['an unfinished header', fileOf('{"a":{"dtype":"U8"'), /not what the format asks for/],
    ['an unfinished string', fileOf('{"a\\'), /not what the format asks for/],
    ['a trailing comma', fileOf('{"__metadata__":{},}'), /not what the format asks for/],
    [
      'a name that comes twice',
      fileOf(
        '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      ),
      /twice/,
    ],
    ['a field that comes twice', fileOf('{"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}'), /twice/],
    ['metadata that is no text', fileOf({ __metadata__: { a: 1 } }), /not what the format asks for/],
    ['an unknown field', fileOf({ a: { ...entry(0, 1), extra: 1 } }, 1), /unknown field/],
    ['a missing field', fileOf({ a: { dtype: 'U8', shape: [1] } }, 1), /lacks/],
    ['one offset', fileOf({ a: { dtype: 'U8', shape: [1], data_offsets: [0] } }, 1), /lacks/],
    ['three offsets', fileOf({ a: { dtype: 'U8', shape: [1], data_offsets: [0, 1, 2] } }, 1), /more than 2/],
    ['a negative offset', fileOf({ a: entry(-1, 0) }, 1), /not what the format asks for/],
    ['a fraction as shape', fileOf({ a: entry(0, 1, [0.5]) }, 1), /not what the format asks for/],
    [
      'an exponent as shape',
      fileOf('{"a":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}', 1),
      /not what the format asks for/,
    ],
    [
      'a number beyond 2^53',
      fileOf('{"a":{"dtype":"U8","shape":[9999999999999999],"data_offsets":[0,1]}}', 1),
      /too large/,
    ],
    [
      'a shape whose product overflows',
      fileOf({ a: entry(0, 4, [2 ** 32, 2 ** 32, 0]) }, 4),
      /size that its shape says/,
    ],
    ['a shape too large', fileOf({ a: entry(0, 4, [2], 'F32') }, 4), /size that its shape says/],
    ['a shape too small', fileOf({ a: entry(0, 4, [3]) }, 4), /size that its shape says/],
    [
      'forty dimensions',
      fileOf(
        {
          a: entry(
            0,
            1,
            Array.from({ length: 40 }, () => 1),
          ),
        },
        1,
      ),
      /more than 32/,
    ],
    ['an unknown type', fileOf({ a: entry(0, 2, [1], 'BF16') }, 2), /"BF16"/],
    ['a type named like a method', fileOf({ a: entry(0, 2, [1], 'toString') }, 2), /"toString"/],
    [
      'an end before the begin',
      fileOf({ a: entry(0, 2), b: { dtype: 'U8', shape: [0], data_offsets: [2, 1] } }, 2),
      /reaches beyond/,
    ],
    ['an end beyond the file', fileOf({ a: entry(0, 3) }, 2), /reaches beyond/],
    ['an overlap', fileOf({ a: entry(0, 2), b: entry(1, 3) }, 3), /overlaps/],
    ['the same place twice', fileOf({ a: entry(0, 2), b: entry(0, 2) }, 2), /overlaps/],
    ['a gap', fileOf({ a: entry(0, 1), b: entry(2, 3) }, 3), /gap/],
    ['bytes of nobody', fileOf({ a: entry(0, 1) }, 2), /belong to no tensor/],
    ['brackets in brackets', fileOf(`{"a":${'['.repeat(100_000)}`), /not what the format asks for/],
    ['objects in objects', fileOf(`${'{"a":'.repeat(100_000)}`), /unknown field/],
  ])('refuses %s', (_, bytes, problem) => {
    expect(problemOf(bytes)).toMatch(problem);
  });

  it('either reads a damaged file or says that it is damaged, and never throws anything else', () => {
    const random = new CounterRandom(7);
    const outcomes = { read: 0, refused: 0 };
    for (let trial = 0; trial < 600; trial++) {
      const tensors = new Map(
        Array.from({ length: 1 + random.integer(3) }, (_, i) => [`t${i}`, randomTensor(random)] as const),
      );
      const bytes = writeSafetensors(tensors, new Map([['config', '{"a":1}']]));
      const damaged = random.integer(3) === 0 ? bytes.slice(0, random.integer(bytes.length)) : bytes;
      // Mostly in the header, where it hurts.
      for (let hit = random.integer(4); hit >= 0; hit--)
        damaged[random.integer(Math.min(damaged.length, 160))] = random.integer(256);
      outcomes[problemOf(damaged) === 'none' ? 'read' : 'refused'] += 1;
    }
    expect(outcomes.refused).toBeGreaterThan(300);
    expect(outcomes.read).toBeGreaterThan(5);
  });

  it('does not write what it would not read', () => {
    const one: SafeTensor = { dtype: 'U8', shape: [1], data: new Uint8Array(1) };
    expect(() => writeSafetensors(new Map([['__metadata__', one]]))).toThrow(RangeError);
    expect(() => writeSafetensors(new Map([['a', { ...one, shape: [2] }]]))).toThrow(RangeError);
  });
});
