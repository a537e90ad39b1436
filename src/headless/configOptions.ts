/** The options by which every command that trains takes a configuration: a file, and single fields. */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { allBaseFacts } from '../lcp/bases/facts';
import {
  migrateConfig,
  namedConfig,
  presets,
  runConfigSchema,
  type Base,
  type PresetId,
  type RunConfig,
} from '../shared/config';
import { UsageError } from './commandLine';
import { configFields, configure, SettingError } from './configSettings';

const bases = Object.keys(allBaseFacts) as Base[];

/** The smallest preset of each base model: its first. */
const smallest = Object.fromEntries(
  bases.map((base) => [base, Object.values(presets).find((preset) => preset.base === base)?.preset]),
) as Readonly<Record<Base, PresetId>>;

export const configOptions = {
  base: {
    value: 'NAME',
    about: `Base model: ${bases.join(' or ')}. Left out, the preset's or the file's; else ${bases[0]}.`,
  },
  config: { value: 'FILE.json', about: 'Configuration, whole or in part, laid over the preset.' },
  set: { value: 'FIELD=VALUE', about: 'One field, e.g. augment.mode=ada.', repeated: true },
} as const;

/** Fields that have an option of their own and leave a preset its name. */
const shorthands = ['kimg', 'batch', 'seed'] as const;

/** For `--help` of a `--preset` without a default of its own. */
export const smallestPresets = `Default: the base model's smallest (${Object.values(smallest).join(', ')}).`;

/**
 * The base model that the options ask for: `--base`, else the file's, else none.
 * @throws UsageError where there is no such base model
 */
export function chosenBase({ base, config }: Pick<ConfigValues, 'base' | 'config'>): Base | undefined {
  const file = config === undefined ? undefined : readJson(config);
  const inFile = typeof file === 'object' && file !== null && 'base' in file ? file.base : undefined;
  const asked = base ?? inFile;
  if (asked === undefined) return undefined;
  const found = bases.find((each) => each === asked);
  if (!found) throw new UsageError(`There is no base model "${String(asked)}". There are: ${bases.join(', ')}.`);
  if (inFile !== undefined && inFile !== found)
    throw new UsageError(`--base ${found}, but ${config} is a configuration of ${String(inFile)}.`);
  return found;
}

/**
 * The preset to begin from: the one that is named, else the smallest of the base model that is asked for.
 * @throws UsageError where there is no such preset, or it is another base model's
 */
export function startingPreset(preset: string | undefined, values: Pick<ConfigValues, 'base' | 'config'>): PresetId {
  const base = chosenBase(values);
  if (preset === undefined) return smallest[base ?? 'biggan'];
  if (!Object.hasOwn(presets, preset))
    throw new UsageError(`There is no preset "${preset}". There are: ${Object.keys(presets).join(', ')}.`);
  const id = preset as PresetId;
  if (base && presets[id].base !== base)
    throw new UsageError(`--preset ${id} belongs to ${presets[id].base}, not to ${base}.`);
  return id;
}

export interface ConfigValues extends Partial<Record<(typeof shorthands)[number], string | undefined>> {
  base: string | undefined;
  config: string | undefined;
  set: string[];
}

function readJson(file: string): unknown {
  try {
    return migrateConfig(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new UsageError(`--config ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * A preset with what the options say laid over it: the file, then `--set`, then the shorthands. It is called `custom`
 * where anything but the shorthands changes it.
 * @param taken fields, or groups of them, that the command decides on itself, and why
 * @throws UsageError naming the field and what it takes
 */
export function chosenConfig(
  preset: RunConfig,
  values: ConfigValues,
  taken: Readonly<Record<string, string>> = {},
): RunConfig {
  const reasons = Object.entries({ ...taken, preset: '--preset chooses it', base: '--base chooses it' });
  for (const setting of values.set) {
    const reason = reasons.find(([field]) => setting.startsWith(`${field}=`) || setting.startsWith(`${field}.`));
    if (reason) throw new UsageError(`--set ${setting}: "${reason[0]}" cannot be set here, ${reason[1]}.`);
  }
  const short = shorthands.flatMap((name) => (values[name] === undefined ? [] : [`${name}=${values[name]}`]));
  const file = values.config === undefined ? {} : { file: readJson(values.config) };
  try {
    const config = configure(runConfigSchema, preset, { ...file, settings: [...values.set, ...short] });
    const { kimg, batch, seed } = config;
    const named = isDeepStrictEqual({ ...config, preset: preset.preset }, { ...preset, kimg, batch, seed });
    return namedConfig(config, named ? preset.preset : 'custom');
  } catch (error) {
    if (error instanceof SettingError) throw new UsageError(error.message);
    throw error;
  }
}

/** For `--help`: every field that `--set` takes, of every base model. */
export function settableFields(): string {
  const all = new Map(Object.values(presets).flatMap((preset) => configFields(runConfigSchema, preset)));
  const fields = [...all].filter(([path]) => !['base', 'preset', 'version'].includes(path));
  const width = Math.max(...fields.map(([path]) => path.length)) + 2;
  return ['Fields for --set and --config:', ...fields.map(([path, takes]) => `  ${path.padEnd(width)}${takes}`)].join(
    '\n',
  );
}
