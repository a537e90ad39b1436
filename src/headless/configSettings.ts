/**
 * Every field of a configuration from the terminal: a JSON file over a preset, then single fields
 * (`augment.mode=ada`). Which fields there are, and what each takes, is read off the schema; nothing is listed here.
 */
import * as v from 'valibot';

/** What we look at in a valibot schema; which of it is there depends on `type`. */
interface Schema extends v.GenericSchema {
  readonly pipe?: readonly (Schema | Action)[];
  /** Of optional and nullable ones. */
  readonly wrapped?: Schema;
  /** Of objects. */
  readonly entries?: Readonly<Record<string, Schema>>;
  /** Of variants, unions and intersections: schemas; of picklists: values. */
  readonly options?: readonly unknown[];
  /** Of variants: the field that tells its options apart. */
  readonly key?: string;
  readonly literal?: unknown;
}

interface Action {
  readonly kind: 'validation' | 'transformation' | 'metadata';
  readonly type: string;
  readonly requirement?: unknown;
}

type Data = Record<string, unknown>;

/** A field that is not there or a value that will not do; the message names the field and what it takes. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value);

const unwrap = (schema: Schema): Schema => (schema.wrapped ? unwrap(schema.wrapped) : schema);

const accepts = (schema: Schema | undefined, value: unknown): boolean =>
  schema !== undefined && v.safeParse(schema, value).success;

const optionsOf = (schema: Schema): Schema[] => (schema.options ?? []) as Schema[];

/** Entries of an object by name, each with the schemas that it may follow; null for what is no object. */
function entriesOf(wrapped: Schema, value: unknown): Map<string, Schema[]> | null {
  const schema = unwrap(wrapped);
  if (schema.entries) return new Map(Object.entries(schema.entries).map(([name, entry]) => [name, [entry]]));
  const data = isData(value) ? value : {};
  const { key } = schema;
  if (schema.type === 'variant' && key !== undefined) {
    // Nested variants are told apart in turn.
    const all = optionsOf(schema).map((option) => entriesOf(option, data) ?? new Map<string, Schema[]>());
    const chosen = all.find((entries) => entries.get(key)?.some((entry) => accepts(entry, data[key]))) ?? all[0];
    return new Map([...(chosen ?? []), [key, all.flatMap((entries) => entries.get(key) ?? [])]]);
  }
  if (schema.type === 'intersect')
    return new Map(optionsOf(schema).flatMap((option) => [...(entriesOf(option, data) ?? [])]));
  if (schema.type === 'union') {
    const fitting = optionsOf(schema).find((option) => accepts(option, value)) ?? optionsOf(schema)[0];
    return fitting ? entriesOf(fitting, value) : null;
  }
  return null;
}

function actionsOf(schema: Schema): Action[] {
  return (schema.pipe ?? []).flatMap((item, index) =>
    'kind' in item && item.kind !== 'schema'
      ? [item as Action]
      : index === 0 && item !== schema
        ? actionsOf(item as Schema)
        : [],
  );
}

function describeNumber(schema: Schema): string {
  const actions = actionsOf(schema);
  const found = (type: string): number[] =>
    actions.filter((action) => action.type === type).map(({ requirement }) => Number(requirement));
  const whole = actions.some(({ type }) => type === 'integer' || type === 'safe_integer');
  const least = found('min_value');
  const most = found('max_value');
  const [lowest, highest] = [Math.max(...least), Math.min(...most)];
  const between = least.length > 0 && most.length > 0;
  const limits = [
    ...(between ? [`from ${lowest} to ${highest}`] : []),
    ...(!between && least.length > 0 ? [`of at least ${lowest}`] : []),
    ...found('gt_value').map((limit) => `above ${limit}`),
    ...(!between && most.length > 0 ? [`of at most ${highest}`] : []),
    ...found('lt_value').map((limit) => `below ${limit}`),
    ...found('multiple_of').map((step) => `divisible by ${step}`),
  ];
  return `a ${whole ? 'whole ' : ''}number ${limits.join(' and ')}`.trim();
}

/** What a field takes, e.g. "a whole number from 1 to 32". */
function describe(wrapped: Schema): string {
  const schema = unwrap(wrapped);
  switch (schema.type) {
    case 'number':
      return describeNumber(schema);
    case 'boolean':
      return 'true or false';
    case 'picklist':
      return `one of ${(schema.options ?? []).join(', ')}`;
    case 'literal':
      return String(schema.literal);
    case 'union':
      return optionsOf(schema).map(describe).join(' or ');
    default:
      return schema.type === 'string' ? 'a text' : `JSON of a ${schema.type}`;
  }
}

const describeAll = (schemas: readonly Schema[]): string => [...new Set(schemas.map(describe))].join(' or ');

const under = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** Values that a text could mean, the likeliest first. */
function readings(text: string): unknown[] {
  try {
    return [JSON.parse(text) as unknown, text];
  } catch {
    return [text];
  }
}

function refuseName(path: string, name: string, entries: ReadonlyMap<string, unknown>): never {
  const names = [...entries.keys()].join(', ');
  throw new SettingError(
    `There is no field "${under(path, name)}". ${path === '' ? 'There are' : `${path} has`}: ${names}.`,
  );
}

/** `config` with one field replaced; `at` is where `config` itself lies. */
function withField(schema: Schema, config: unknown, path: readonly string[], text: string, at = ''): unknown {
  const [name = '', ...rest] = path;
  const entries = entriesOf(schema, config);
  if (!entries) throw new SettingError(`${at} is a single field: it takes ${describe(schema)}.`);
  const alternatives = entries.get(name);
  const [first] = alternatives ?? [];
  if (!alternatives || !first) return refuseName(at, name, entries);
  const here = under(at, name);
  const data = isData(config) ? config : {};
  if (rest.length > 0) return { ...data, [name]: withField(first, data[name], rest, text, here) };
  const inner = entriesOf(first, data[name]);
  if (inner) throw new SettingError(`"${here}" is a group of fields: ${[...inner.keys()].join(', ')}.`);
  const value = readings(text).find((reading) => alternatives.some((schemaOf) => accepts(schemaOf, reading)));
  if (value === undefined) throw new SettingError(`"${here}" takes ${describeAll(alternatives)}, not "${text}".`);
  return { ...data, [name]: value };
}

/** `config` with what a file says laid over it. */
function withFile(schema: Schema, config: unknown, given: Data, at = ''): Data {
  let data = isData(config) ? config : {};
  // What tells variants apart comes first: the other names depend on it.
  const { key } = unwrap(schema);
  const names = Object.keys(given).toSorted((a, b) => Number(b === key) - Number(a === key));
  for (const name of names) {
    const entries = entriesOf(schema, data) ?? new Map<string, Schema[]>();
    const alternatives = entries.get(name);
    const [first] = alternatives ?? [];
    if (!alternatives || !first) return refuseName(at, name, entries);
    const here = under(at, name);
    const value = given[name];
    const inner = entriesOf(first, value);
    if (inner && !isData(value))
      throw new SettingError(`"${here}" is a group of fields: ${[...inner.keys()].join(', ')}.`);
    if (!inner && !alternatives.some((schemaOf) => accepts(schemaOf, value)))
      throw new SettingError(`"${here}" takes ${describeAll(alternatives)}, not ${JSON.stringify(value)}.`);
    data = { ...data, [name]: isData(value) && inner ? withFile(first, data[name], value, here) : value };
  }
  return data;
}

/** Each single field of a configuration with what it takes: `[dotted path, words]`, in the schema's order. */
export function configFields(schema: v.GenericSchema, config: unknown, at = ''): [path: string, takes: string][] {
  return [...(entriesOf(schema as Schema, config) ?? [])].flatMap(([name, alternatives]) => {
    const [first] = alternatives;
    if (!first) return [];
    const value = isData(config) ? config[name] : undefined;
    const here = under(at, name);
    return entriesOf(first, value)
      ? configFields(first, value, here)
      : [[here, describeAll(alternatives)] as [string, string]];
  });
}

/**
 * A configuration with a file's fields laid over it and then single settings, in their order.
 * @param file fields to lay over `base`, nested as in a configuration; all or some
 * @param settings each 'path.of.field=value'
 * @returns what the schema makes of it
 * @throws SettingError naming the field and what it takes
 */
export function configure<S extends v.GenericSchema>(
  schema: S,
  base: unknown,
  { file, settings }: { file?: unknown; settings: readonly string[] },
): v.InferOutput<S> {
  let config: unknown = base;
  if (file !== undefined) {
    if (!isData(file)) throw new SettingError('A configuration is a JSON object, for example {"kimg": 8}.');
    config = withFile(schema as unknown as Schema, config, file);
  }
  for (const setting of settings) {
    const split = setting.indexOf('=');
    if (split < 1) throw new SettingError(`"${setting}" is no setting: give FIELD=VALUE, for example kimg=8.`);
    config = withField(
      schema as unknown as Schema,
      config,
      setting.slice(0, split).split('.'),
      setting.slice(split + 1),
    );
  }
  const parsed = v.safeParse(schema, config);
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => {
    const path = v.getDotPath(issue);
    return issue.input === undefined ? `"${path}" is missing` : `"${path}": ${issue.message}`;
  });
  throw new SettingError(`The fields do not go together: ${problems.join('; ')}.`);
}
