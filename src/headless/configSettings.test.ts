import * as v from 'valibot';
import { expect, it } from 'vitest';
import { presets, runConfigSchema } from '../shared/config';
import { configFields, configure } from './configSettings';

const size = v.pipe(v.number(), v.integer(), v.minValue(1));
const schema = v.variant('base', [
  v.object({ base: v.literal('a'), width: v.pipe(size, v.multipleOf(4)), name: v.optional(v.string(), 'none') }),
  v.object({
    base: v.literal('b'),
    rate: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
    inner: v.optional(v.object({ on: v.nullable(v.boolean()) }), { on: true }),
  }),
]);
const a = { base: 'a', width: 8 };
const b = { base: 'b', rate: 0.5, inner: { on: true } };
const set = (base: object, ...settings: string[]) => configure(schema, base, { settings });

it('finds the fields of the variant that a configuration is', () => {
  expect(configFields(schema, a)).toEqual([
    ['base', 'a or b'],
    ['width', 'a whole number of at least 1 and divisible by 4'],
    ['name', 'a text'],
  ]);
  expect(configFields(schema, b)).toEqual([
    ['base', 'a or b'],
    ['rate', 'a number above 0 and of at most 1'],
    ['inner.on', 'true or false'],
  ]);
});

it('finds every field of a run', () => {
  const leaves = (value: object, at = ''): string[] =>
    Object.entries(value).flatMap(([name, inner]) =>
      typeof inner === 'object' && inner !== null ? leaves(inner as object, `${at}${name}.`) : [`${at}${name}`],
    );
  const found = configFields(runConfigSchema, presets.tiny).map(([path]) => path);
  expect(found.toSorted()).toEqual(leaves(presets.tiny).toSorted());
});

it('changes a field, nested or not, and fills in defaults', () => {
  expect(set(a, 'width=16', 'name=12 apples')).toEqual({ base: 'a', width: 16, name: '12 apples' });
  expect(set(b, 'inner.on=null', 'rate=1e-3')).toEqual({ ...b, rate: 0.001, inner: { on: null } });
});

it('takes the other variant once what tells them apart is set, by settings and by a file', () => {
  expect(set(a, 'base=b', 'rate=1', 'inner.on=false')).toEqual({ base: 'b', rate: 1, inner: { on: false } });
  const file = { rate: 0.1, base: 'b' };
  expect(configure(schema, a, { file, settings: [] })).toEqual({ ...b, rate: 0.1 });
});

it.each([
  ['width=6', '"width" takes a whole number of at least 1 and divisible by 4, not "6".'],
  ['width=', '"width" takes'],
  ['base=c', '"base" takes a or b, not "c".'],
  ['rate=1', 'There is no field "rate". There are: base, width, name.'],
  ['width.x=1', 'width is a single field'],
  ['base=b', '"rate" is missing'],
  ['width', '"width" is no setting'],
])('refuses %s of the first variant', (setting, words) => {
  expect(() => set(a, setting)).toThrow(words);
});

it.each([
  ['inner=1', '"inner" is a group of fields: on.'],
  ['inner.off=1', 'There is no field "inner.off". inner has: on.'],
  ['rate=2', '"rate" takes a number above 0 and of at most 1, not "2".'],
])('refuses %s of the second variant', (setting, words) => {
  expect(() => set(b, setting)).toThrow(words);
});
