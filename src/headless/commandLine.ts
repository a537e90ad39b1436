/**
 * What the commands of a terminal have in common: options declared as data, `--help` made from them, arguments that
 * nobody knows refused by name, and failures told in plain words with the exit status they deserve (2: the command was
 * given wrongly, 1: it failed).
 */
import { parseArgs } from 'node:util';
import { toErrorInfo } from '../shared/errors';
import { forTerminal } from './terminalErrors';

export interface OptionSpec {
  /** What stands behind the option, e.g. 'DIR'; a switch has none. */
  value?: string;
  about: string;
  default?: string;
  /** May be given several times. */
  repeated?: boolean;
}

type Options = Readonly<Record<string, OptionSpec>>;

type ValueOf<O extends OptionSpec> = O extends { value: string }
  ? O extends { repeated: true }
    ? string[]
    : O extends { default: string }
      ? string
      : string | undefined
  : boolean;

export type Values<O extends Options> = { [name in keyof O]: ValueOf<O[name]> };

export interface CommandSpec<O extends Options> {
  /** What stands behind `npm run`, e.g. 'train --'. */
  name: string;
  purpose: string;
  options: O;
  /** More to be said by `--help`. */
  more?: () => string;
}

/** The command was given wrongly. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command was asked what it does; the message is the answer. */
export class HelpRequest extends Error {
  override readonly name = 'HelpRequest';
}

export function helpText({ name, purpose, options, more }: CommandSpec<Options>): string {
  const rows = Object.entries<OptionSpec>({ ...options, help: { about: 'Say this.' } }).map(([option, spec]) => ({
    left: `  --${option}${spec.value ? ` ${spec.value}` : ''}`,
    right: `${spec.about}${spec.default === undefined ? '' : ` Default: ${spec.default}.`}${spec.repeated ? ' May be repeated.' : ''}`,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length)) + 2;
  const lines = rows.map(({ left, right }) => left.padEnd(width) + right);
  return [`npm run ${name} [options]`, purpose, '', ...lines, ...(more ? ['', more()] : [])].join('\n');
}

/** @throws UsageError, HelpRequest */
export function readOptions<const O extends Options>(spec: CommandSpec<O>, args: readonly string[]): Values<O> {
  const { options } = spec;
  if (args.includes('--help')) throw new HelpRequest(helpText(spec));
  const wrong = (problem: string): never => {
    throw new UsageError(`${problem}\nnpm run ${spec.name} --help lists the options.`);
  };
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(options).map(([name, { value }]) => [name, { type: value ? 'string' : 'boolean' } as const]),
    ),
  });
  const values: Record<string, string | boolean | string[] | undefined> = {};
  for (const [name, option] of Object.entries<OptionSpec>(options))
    values[name] = option.value ? (option.repeated ? [] : option.default) : false;
  for (const token of tokens) {
    if (token.kind === 'positional') wrong(`"${token.value}" belongs to no option.`);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (!option) {
      wrong(`There is no option ${token.rawName}.`);
      continue;
    }
    const given = token.value;
    if (!option.value) {
      if (given !== undefined) wrong(`${token.rawName} takes no value.`);
      values[token.name] = true;
      continue;
    }
    if (given === undefined || given === '' || (!token.inlineValue && given.startsWith('--'))) {
      wrong(`${token.rawName} wants a value: ${token.rawName} ${option.value}.`);
      continue;
    }
    const before = values[token.name];
    values[token.name] = Array.isArray(before) ? [...before, given] : given;
  }
  return values as Values<O>;
}

/** A number that an option gave. @throws UsageError naming the option and what it takes */
export function numberOption(
  name: string,
  text: string,
  { least = -Infinity, most = Infinity, whole = false }: { least?: number; most?: number; whole?: boolean } = {},
): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (value >= least && value <= most && (!whole || Number.isInteger(value)) && Number.isFinite(value)) return value;
  const range = most === Infinity ? (least === -Infinity ? '' : ` of at least ${least}`) : ` from ${least} to ${most}`;
  throw new UsageError(`--${name} takes a ${whole ? 'whole ' : ''}number${range}, not "${text}".`);
}

/** Prints what became of a command that did not come to its end. @returns the exit status */
function tellFailure(error: unknown): number {
  if (error instanceof HelpRequest) {
    console.log(error.message);
    return 0;
  }
  if (error instanceof UsageError) {
    console.error(error.message);
    return 2;
  }
  const { what, why, action, detail } = forTerminal(toErrorInfo(error));
  console.error([[what, why, action].filter(Boolean).join('\n'), detail].filter(Boolean).join('\n\n'));
  return 1;
}

/** Runs a command to its end and ends the process, which Dawn would keep alive. */
export function runCommand(main: () => Promise<void>): void {
  main().then(
    () => process.exit(0),
    (error: unknown) => process.exit(tellFailure(error)),
  );
}
