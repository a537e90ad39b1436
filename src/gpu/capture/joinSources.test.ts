import { describe, expect, it } from 'vitest';
import type { ProgramSource } from '../kernel/programSource';
import { moduleCode } from '../kernel/programSource';
import { joinSources, replaceStores } from './joinSources';

const producer: ProgramSource = {
  label: 'square',
  key: 'k',
  enables: [],
  bindings: [
    { name: 'y', element: 'f32', access: 'read_write' },
    { name: 'x', element: 'f32', access: 'read' },
  ],
  numbers: [{ name: 'size', type: 'i32', value: 8 }],
  baked: false,
  body: () =>
    '@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) g: vec3<u32>) { let i = i32(g.x); if (i < dims.size) { y[i] = x[i] * x[i]; } }',
};

const consumer = {
  ...producer,
  label: 'slope',
  numbers: [
    { name: 'size', type: 'i32' as const, value: 8 },
    { name: 'below', type: 'f32' as const, value: 0.5 },
  ],
  pointwise: {
    variant: '',
    names: ['x', 'y'],
    repeats: [],
    columns: 8,
    picture: 8,
    helpers: (type: string) =>
      `fn slopeAt(y: ${type}) -> ${type} { return select(${type}(dims.below), ${type}(1.0), y > ${type}(0.0)); }`,
    result: 'x * slopeAt(y)',
  },
};

describe('stores', () => {
  it('are found whatever their index, several of them too, and nothing else is taken for one', () => {
    const store = (index: string, value: string): string => `put(${index}, ${value});`;
    expect(replaceStores('{ y[a[i] >> 2u] = v; g.y[0]; my[1] = 2; } if (c) { y[i] = v.y; }', 'y', store)).toBe(
      '{ put(a[i] >> 2u,  v); g.y[0]; my[1] = 2; } if (c) { put(i,  v.y); }'.replaceAll(',  ', ', '),
    );
  });

  it.each([
    '{ y[i] += v; }',
    '{ let a = y[i]; }',
    '{ y[i] = v; let a = y[i]; }',
    '{ f(&y); }',
    '{ if (y[i] == v) { } }',
    '{ }',
  ])('are not claimed where the binding is used otherwise: %s', (text) => {
    expect(replaceStores(text, 'y', () => '')).toBeNull();
  });
});

describe('joining', () => {
  it('gives the second kernel names of its own, and drops the result that nobody else reads', () => {
    const joined = joinSources({ producer, consumer, result: 'y', piped: [true, false], keep: false }, 'f1_');
    expect(joined?.bindings.map(({ name }) => name)).toEqual(['f1_output', 'x', 'f1_yArray']);
    expect(joined?.numbers.map(({ name }) => name)).toEqual(['size', 'f1_below']);
    const code = joined ? moduleCode(joined) : '';
    expect(code).toContain('f1_store(i32(i), x[i] * x[i]);');
    expect(code).toContain('fn f1_slopeAt(y: f32)');
    expect(code).toContain('dims.f1_below');
    expect(code).not.toMatch(/(?<![\w.])y\[/);
  });

  it('keeps a result that somebody else reads, under a key of its own', () => {
    const [kept, dropped] = [true, false].map((keep) =>
      joinSources({ producer, consumer, result: 'y', piped: [true, false], keep }, 'f1_'),
    );
    expect(kept?.bindings.map(({ name }) => name)).toEqual(['y', 'f1_output', 'x', 'f1_yArray']);
    expect(kept?.key).not.toBe(dropped?.key);
  });

  it('reads inputs that repeat where their element of the result is', () => {
    const pointwise = {
      ...consumer.pointwise,
      repeats: [
        { name: 's', over: 'pictures' as const },
        { name: 'n', over: 'pixels' as const },
        { name: 'g', over: 'all' as const },
      ],
      columns: 4,
      picture: 16,
    };
    const vectors: ProgramSource = {
      ...producer,
      bindings: producer.bindings.map((binding) => ({ ...binding, element: 'vec4<f32>' })),
    };
    const join = { producer: vectors, consumer: { ...consumer, pointwise }, result: 'y', keep: false };
    const joined = joinSources({ ...join, piped: [true, false, false, false, false] }, 'f1_');
    expect(joined?.bindings.slice(2).map(({ name, element }) => `${name}: ${element}`)).toEqual([
      'f1_yArray: vec4<f32>',
      'f1_sArray: vec4<f32>',
      'f1_nArray: f32',
      'f1_gArray: f32',
    ]);
    expect(joined?.numbers.slice(1).map(({ name, value }) => [name, value])).toEqual([
      ['f1_below', 0.5],
      ['f1_columns', 1],
      ['f1_picture', 4],
    ]);
    const code = joined?.body() ?? '';
    expect(code).toContain('let s = f1_sArray[i / dims.f1_picture * dims.f1_columns + i % dims.f1_columns];');
    expect(code).toContain('let n = vec4<f32>(f1_nArray[i / dims.f1_columns]);');
    expect(code).toContain('let g = vec4<f32>(f1_gArray[0]);');
  });

  it('joins again', () => {
    const once = joinSources({ producer, consumer, result: 'y', piped: [true, false], keep: false }, 'f1_');
    const twice =
      once && joinSources({ producer: once, consumer, result: 'f1_output', piped: [false, true], keep: true }, 'f2_');
    expect(twice?.label).toBe('square+slope+slope');
    expect(twice?.bindings.map(({ name }) => name)).toEqual(['f1_output', 'f2_output', 'x', 'f1_yArray', 'f2_xArray']);
  });

  it('refuses what does not fit: integers, rows that are not whole vectors, results that are read back', () => {
    const join = { producer, consumer, result: 'y', piped: [true, false], keep: false };
    const element = (name: 'i32' | 'vec4<f32>'): ProgramSource => ({
      ...producer,
      bindings: producer.bindings.map((binding) => ({ ...binding, element: name })),
    });
    expect(joinSources({ ...join, producer: element('i32') }, 'f1_')).toBeNull();
    expect(
      joinSources(
        {
          ...join,
          producer: element('vec4<f32>'),
          consumer: {
            ...consumer,
            pointwise: { ...consumer.pointwise, repeats: [{ name: 'bias', over: 'rows' as const }], columns: 6 },
          },
        },
        'f1_',
      ),
    ).toBeNull();
    expect(
      joinSources({ ...join, producer: { ...producer, body: () => 'fn main() { y[0] = 1.0; y[1] = y[0]; }' } }, 'f1_'),
    ).toBeNull();
  });
});
