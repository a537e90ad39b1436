/**
 * Joins a kernel and the element-by-element kernel that reads its result: each statement that stores the result also
 * does, or only does, what the second one did with it. The same operations on the same values in the same order, so the
 * same bits.
 *
 * The first kernel's text needs no preparation. What counts is that it uses the result's binding only to store into it,
 * in statements `name[index] = value;`.
 */
import {
  repeatAt,
  repeatElement,
  type NamedBinding,
  type NamedNumber,
  type Pointwise,
  type ProgramSource,
} from '../kernel/programSource';

export interface Join {
  producer: ProgramSource;
  consumer: ProgramSource & { pointwise: Pointwise };
  /** Name of the producer's binding that holds the result. */
  result: string;
  /** Which of the consumer's inputs the result is, by position. */
  piped: readonly boolean[];
  /** Somebody else reads the result as well. */
  keep: boolean;
}

/** Index of the bracket that closes the one at `open`; -1 if none does. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '[') depth++;
    else if (text[i] === ']' && --depth === 0) return i;
  }
  return -1;
}

/** Replaces the stores into `name`. @returns null where it is used in any other way */
export function replaceStores(
  text: string,
  name: string,
  store: (index: string, value: string) => string,
): string | null {
  const pattern = new RegExp(`(?<![\\w.])${name}\\b`, 'g');
  let made = '';
  let from = 0;
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    const open = found.index + name.length;
    const close = text[open] === '[' ? closing(text, open) : -1;
    const statement = close < 0 ? null : /^\s*=\s*([^=;][^;]*);/.exec(text.slice(close + 1));
    const before = text.slice(0, found.index).trimEnd().at(-1) ?? '{';
    const [index, value] = [text.slice(open + 1, close), statement?.[1] ?? ''];
    const readBack = [index, value].some((part) => new RegExp(pattern.source).test(part));
    if (!statement || readBack || !['{', '}', ';', ')'].includes(before)) return null;
    made += text.slice(from, found.index) + store(index, value);
    from = close + 1 + statement[0].length;
    pattern.lastIndex = from;
  }
  return from === 0 ? null : made + text.slice(from);
}

/** Gives functions and numbers of the consumer names of their own. */
function renamed(text: string, helpers: string, prefix: string): string {
  const functions = [...helpers.matchAll(/\bfn (\w+)\(/g)].map(([, name = '']) => name);
  const withFunctions = functions.reduce(
    (code, name) => code.replace(new RegExp(`\\b${name}\\b(?=\\()`, 'g'), prefix + name),
    text,
  );
  return withFunctions.replace(/\bdims\.(\w+)/g, `dims.${prefix}$1`);
}

/** The function that stores one element: `fn PREFIXstore(i: i32, given: T)`. */
function storeFunction({ consumer, result, piped, keep }: Join, type: 'f32' | 'vec4<f32>', prefix: string): string {
  const { names, repeats, helpers, result: expression, scatter } = consumer.pointwise;
  const code = helpers(type);
  const inputs = names.map((name, i) => `let ${name} = ${piped[i] ? 'value' : `${prefix}${name}Array[i]`};`);
  const store = scatter ? scatter.replace(/\boutput\[/g, `${prefix}output[`) : `${prefix}output[i] = ${expression};`;
  const repeated = repeats.map((repeat) => `let ${repeat.name} = ${repeatAt(repeat, type, prefix)};`);
  if (!repeats.some(({ name }) => name === 'bias')) repeated.push(`let bias = ${type}(0.0);`);
  // Compilers may contract a product and a sum within an expression; the selection, which no compiler can decide, keeps
  // the two kernels' expressions apart.
  return /* wgsl */ `
${renamed(code, code, prefix)}
fn ${prefix}store(i: i32, given: ${type}) {
  ${keep ? `${result}[i] = given;` : ''}
  let value = select(given, ${type}(0.0), i < 0);
  ${inputs.join(' ')}
  ${repeated.join(' ')}
  ${renamed(store, code, prefix)}
}`;
}

function numbersOf(
  { consumer: { numbers, pointwise } }: Join,
  type: 'f32' | 'vec4<f32>',
  prefix: string,
): NamedNumber[] {
  const floats = numbers
    .filter(({ type: kind }) => kind === 'f32' || pointwise.scatter !== undefined)
    .map((number) => ({ ...number, name: prefix + number.name }));
  const lanes = type === 'f32' ? 1 : 4;
  const { repeats, columns, picture } = pointwise;
  if (repeats.length === 0) return floats;
  const sizes: NamedNumber[] = [{ name: `${prefix}columns`, type: 'i32', value: columns / lanes }];
  if (repeats.some(({ over }) => over === 'pictures'))
    sizes.push({ name: `${prefix}picture`, type: 'i32', value: picture / lanes });
  return [...floats, ...sizes];
}

/**
 * @param prefix of the consumer's names, one that the producer does not use.
 * @returns null where the two cannot be joined
 */
export function joinSources(join: Join, prefix: string): ProgramSource | null {
  const { producer, consumer, result, piped, keep } = join;
  const type = producer.bindings.find(({ name }) => name === result)?.element;
  const { pointwise } = consumer;
  const { repeats, columns } = pointwise;
  if (pointwise.scatter !== undefined && consumer.bindings[0]?.element !== type) return null;
  if ((type !== 'f32' && type !== 'vec4<f32>') || (type !== 'f32' && repeats.length > 0 && columns % 4 !== 0))
    return null;
  if (replaceStores(producer.body(), result, () => '') === null) return null;
  const others = pointwise.names.filter((_, i) => !piped[i]);
  const bindings: NamedBinding[] = [
    ...producer.bindings.filter(({ name, access }) => access === 'read_write' && (keep || name !== result)),
    { name: `${prefix}output`, element: type, access: 'read_write' },
    ...producer.bindings.filter(({ access }) => access === 'read'),
    ...others.map((name): NamedBinding => ({ name: `${prefix}${name}Array`, element: type, access: 'read' })),
    ...repeats.map((repeat): NamedBinding => ({
      name: `${prefix}${repeat.name}Array`,
      element: repeatElement(repeat, type),
      access: 'read',
    })),
  ];
  const numbers = numbersOf(join, type, prefix);
  const values = producer.baked ? numbers.map(({ value }) => value).join() : '';
  return {
    label: `${producer.label}+${consumer.label}`,
    key: [
      producer.key,
      result,
      keep ? 'k' : '',
      consumer.label,
      pointwise.variant,
      repeats.map(({ name, over }) => `${name}:${over}`).join(),
      piped.map(Number).join(''),
      values,
    ].join('>'),
    enables: producer.enables,
    bindings,
    numbers: [...producer.numbers, ...numbers],
    baked: producer.baked,
    body: () =>
      `${replaceStores(producer.body(), result, (index, value) => `${prefix}store(i32(${index}), ${value});`) ?? ''}\n${storeFunction(join, type, prefix)}`,
  };
}
