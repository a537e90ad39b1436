import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors, type SafeTensor } from '../../formats/safetensors';
import type { NamedArray } from '../../gpu/parameter';
import { StudioError } from '../../shared/errors';
import { CounterRandom } from '../../shared/rng';
import { buildCheckpoint, readCheckpoint, type Checkpoint } from './checkpoint';
import { normals, randomCheckpoint, testConfig } from './checkpoint.testing';
import { effectiveWeights } from './effectiveWeights';

const bits = ({ data }: NamedArray): Uint32Array => new Uint32Array(data.buffer, data.byteOffset, data.length);

function expectSame(read: Checkpoint, written: Checkpoint): void {
  const { trainer, ...rest } = read;
  const { trainer: expected, ...expectedRest } = written;
  expect(rest).toEqual(expectedRest);
  expect(trainer.iteration).toBe(expected.iteration);
  expect([...trainer.tensors.keys()].toSorted()).toEqual([...expected.tensors.keys()].toSorted());
  for (const [name, array] of expected.tensors) {
    const back = trainer.tensors.get(name);
    expect(back?.shape, name).toEqual(array.shape);
    expect(back && bits(back), name).toEqual(bits(array));
  }
}

/** The file with some tensors or strings changed. */
function altered(change: (tensors: Map<string, SafeTensor>, metadata: Map<string, string>) => void): Uint8Array {
  const { tensors, metadata } = readSafetensors(buildCheckpoint(randomCheckpoint(1)));
  change(tensors, metadata);
  return writeSafetensors(tensors, metadata);
}

it('carries where a run stands that went back, and nothing of the kind otherwise', () => {
  const plain = randomCheckpoint(1);
  expect(readSafetensors(buildCheckpoint(plain)).metadata.has('course')).toBe(false);
  const wentBack = { ...plain, trainer: { ...plain.trainer, draws: 40, rateScale: 0.25 } };
  expect(readCheckpoint(buildCheckpoint(wentBack)).trainer).toMatchObject({
    iteration: 12,
    draws: 40,
    rateScale: 0.25,
  });
  expect(refusal(altered((_, metadata) => metadata.set('course', '{"draws":1,"rateScale":0}')))).toContain('course');
});

it('may lack what transparent parts were laid over, as in older files', () => {
  const { matte: _, ...older } = randomCheckpoint(1);
  expect(readCheckpoint(buildCheckpoint(older)).matte).toBeUndefined();
  expect(refusal(altered((_tensors, metadata) => metadata.set('matte', '"puce"')))).toContain('matte');
});

function refusal(bytes: Uint8Array): string {
  try {
    readCheckpoint(bytes);
  } catch (error) {
    if (error instanceof StudioError && error.info.code === 'format') return error.info.why;
    throw error;
  }
  return 'none';
}

describe('checkpoint', () => {
  it.each([
    ['with a CLIP head on the features of another CLIP', 'two towers'],
    // As in all files from before there could be two.
    ['with a CLIP head of one tower', 'one tower'],
    ['without', null],
  ] as const)('gives back a run to the last bit, %s', (_, head) => {
    const checkpoint = randomCheckpoint(1, head);
    expect('critic' in checkpoint).toBe(head === 'two towers');
    expectSame(readCheckpoint(buildCheckpoint(checkpoint)), checkpoint);
  });

  it('gives back a run that has none of what is optional', () => {
    const checkpoint: Checkpoint = {
      ...randomCheckpoint(2, null),
      clip: null,
      prompts: null,
      partition: null,
      labels: null,
      imageHashes: null,
      sampleLatents: null,
      dataCursor: null,
    };
    expectSame(readCheckpoint(buildCheckpoint(checkpoint)), checkpoint);
    const withoutContext: Checkpoint = {
      ...randomCheckpoint(3),
      prompts: { features: new Float32Array(21), context: null },
    };
    expectSame(readCheckpoint(buildCheckpoint(withoutContext)), withoutContext);
  });

  it('reads memberships and conditions that were stored densely', () => {
    const checkpoint = randomCheckpoint(5);
    const { tensors, metadata } = readSafetensors(buildCheckpoint(checkpoint));
    for (const [name, rows] of [
      ['partition.memberships', checkpoint.partition?.memberships],
      ['labels.conditions', checkpoint.labels?.conditions],
    ] as const) {
      for (const part of ['row_entries', 'columns', 'values']) tensors.delete(`${name}.${part}`);
      if (rows) tensors.set(name, { dtype: 'F32', shape: [rows.count, rows.columns], data: rows.toDense() });
    }
    expectSame(readCheckpoint(writeSafetensors(tensors, metadata)), checkpoint);
  });

  it('keeps what else the trainer may hold', () => {
    const checkpoint = randomCheckpoint(4);
    checkpoint.trainer.tensors.set('extra/a.b', { shape: [2, 1], data: Float32Array.of(1, 2) });
    expectSame(readCheckpoint(buildCheckpoint(checkpoint)), checkpoint);
  });

  it('stores networks in PyTorch’s layout under PyTorch’s names', () => {
    const { trainer } = randomCheckpoint(1);
    const { tensors } = readSafetensors(buildCheckpoint(randomCheckpoint(1)));
    const filter = trainer.tensors.get('discriminator/block1.conv0.weight')?.data ?? new Float32Array();
    const stored = tensors.get('discriminator.blocks.1.conv0.weight_orig');
    expect(stored?.shape).toEqual([4, 4, 3, 3]);
    // [out 1, in 2, row 0, column 2] <- [row 0, column 2, in 2, out 1]
    expect(stored?.data[((1 * 4 + 2) * 3 + 0) * 3 + 2]).toBe(filter[((0 * 3 + 2) * 4 + 2) * 4 + 1]);
    const first = trainer.tensors.get('generator/linear.weight')?.data ?? new Float32Array();
    const linear = tensors.get('generator_raw.linear.weight_orig');
    expect(linear?.shape).toEqual([128, 6]);
    // Output (channel 3, pixel 5) of latent 2 <- output (pixel 5, channel 3).
    expect(linear?.data[(3 * 16 + 5) * 6 + 2]).toBe(first[2 * 128 + 5 * 8 + 3]);
    const bias = trainer.tensors.get('generatorAdam/m.linear.bias')?.data ?? new Float32Array();
    expect(tensors.get('generator_adam.exp_avg.linear.bias')?.data[3 * 16 + 5]).toBe(bias[5 * 8 + 3]);
    const table = trainer.tensors.get('discriminator/embedding.weight');
    expect(tensors.get('discriminator.embedding.weight_orig')).toEqual({ dtype: 'F32', ...table });
    const names = [...tensors.keys()].filter((name) => name.startsWith('generator.'));
    expect(names.filter((name) => name.endsWith('_orig') || name.endsWith('_u'))).toEqual([]);
    expect(names).toContain('generator.blocks.2.norm1.running_var');
  });

  it('opens a file whose configuration an earlier version of the studio wrote', () => {
    const { rampUp: _, ...ema } = testConfig.ema;
    const bytes = altered((_tensors, metadata) =>
      metadata.set('config', JSON.stringify({ ...testConfig, version: 1, ema })),
    );
    expect(readCheckpoint(bytes)).toEqual(readCheckpoint(altered(() => undefined)));
  });

  it('refuses networks that are not those of the configuration', () => {
    const broken = randomCheckpoint(1);
    broken.trainer.tensors.delete('averaged/linear.bias');
    expect(() => buildCheckpoint(broken)).toThrow(/averaged\/linear\.bias/);
    const misshapen = randomCheckpoint(1);
    misshapen.trainer.tensors.set('generator/linear.bias', { shape: [127], data: new Float32Array(127) });
    expect(() => buildCheckpoint(misshapen)).toThrow(RangeError);
    const short = randomCheckpoint(1);
    expect(() => buildCheckpoint({ ...short, sampleLatents: new Float32Array(7) })).toThrow(RangeError);
    expect(() => buildCheckpoint({ ...short, clip: null })).toThrow(RangeError);
  });

  it.each<[string, (tensors: Map<string, SafeTensor>, metadata: Map<string, string>) => void, RegExp]>([
    ['another kind of safetensors file', (_, metadata) => metadata.delete('format'), /not one of the studio/],
    ['a newer format', (_, metadata) => metadata.set('format_version', '2'), /newer studio/],
    ['no version', (_, metadata) => metadata.set('format_version', 'x'), /which version/],
    ['no configuration', (_, metadata) => metadata.delete('config'), /"config" is missing/],
    ['broken JSON', (_, metadata) => metadata.set('slots', '[{'), /"slots" is damaged/],
    [
      'a configuration out of range',
      (_, metadata) => metadata.set('config', (metadata.get('config') ?? '').replace('"width":8', '"width":7')),
      /config.generator.width/,
    ],
    ['clusters of no class', (_, metadata) => metadata.set('classes', '["cat"]'), /clusters/],
    ['classes without a cluster', (_, metadata) => metadata.set('classes', '["a","b","c"]'), /clusters/],
    [
      'a missing network',
      (tensors) => tensors.delete('discriminator.linear.bias'),
      /"discriminator.linear.bias" is missing/,
    ],
    [
      'a network of another width',
      (tensors) => tensors.set('generator_ema.linear.bias', { dtype: 'F32', shape: [64], data: new Float32Array(64) }),
      /linear.bias/,
    ],
    ['half an optimizer', (tensors) => tensors.delete('clip_head_adam.progress'), /progress/],
    [
      'labels of another number of pictures',
      (tensors) => tensors.set('labels.trust', { dtype: 'F32', shape: [4], data: new Float32Array(4) }),
      /labels.trust/,
    ],
    [
      'a partition of another CLIP',
      (tensors) => tensors.set('partition.class_means', { dtype: 'F32', shape: [2, 6], data: new Float32Array(12) }),
      /class_means/,
    ],
    ['a partition that is not there', (tensors) => tensors.delete('partition.centroids'), /centroids/],
    [
      'labels as fractions',
      (tensors) => tensors.set('labels.given', { dtype: 'F32', shape: [5], data: new Float32Array(5) }),
      /labels.given/,
    ],
    [
      'memberships of clusters that are not there',
      (tensors) =>
        tensors.set('partition.memberships.columns', { dtype: 'I32', shape: [15], data: new Int32Array(15).fill(9) }),
      /memberships/,
    ],
    ['no check pictures', (tensors) => tensors.delete('check.image'), /check.image/],
  ])('refuses %s', (_, change, why) => {
    expect(refusal(altered(change))).toMatch(why);
  });

  it('reads an untouched file through the same way as the altered ones', () => {
    expect(refusal(altered(() => undefined))).toBe('none');
  });
});

describe('effectiveWeights', () => {
  it('divides by the length of W u, and leaves the rest alone', () => {
    const random = new CounterRandom(9);
    const weight = { shape: [2, 3, 4], data: normals(random, 24) };
    const vector = { shape: [4], data: normals(random, 4) };
    const bias = { shape: [4], data: normals(random, 4) };
    const effective = effectiveWeights(
      new Map([
        ['a.weight', weight],
        ['a.u', vector],
        ['a.bias', bias],
        ['b.weight', weight],
      ]),
    );
    expect([...effective.keys()]).toEqual(['a.weight', 'a.bias', 'b.weight']);
    expect(effective.get('a.bias')).toBe(bias);
    expect(effective.get('b.weight')).toBe(weight);
    const along = Array.from({ length: 6 }, (_, row) =>
      [0, 1, 2, 3].reduce(
        (sum, column) => sum + (effective.get('a.weight')?.data[4 * row + column] ?? 0) * (vector.data[column] ?? 0),
        0,
      ),
    );
    expect(Math.hypot(...along)).toBeCloseTo(1, 6);
    expect((effective.get('a.weight')?.data[7] ?? 0) / (weight.data[7] ?? 1)).toBeCloseTo(
      (effective.get('a.weight')?.data[20] ?? 0) / (weight.data[20] ?? 1),
      6,
    );
  });
});
