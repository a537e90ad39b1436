/** The options by which every command that trains takes a configuration: a file, and single fields. */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { migrateConfig, namedConfig, presets, runConfigSchema, type RunConfig } from '../shared/config';
import { UsageError } from './commandLine';
import { configFields, configure, SettingError } from './configSettings';

export const configOptions = {
  config: { value: 'FILE.json', about: 'Configuration, whole or in part, laid over the preset.' },
  set: { value: 'FIELD=VALUE', about: 'One field, e.g. augment.mode=ada.', repeated: true },
} as const;

/** Fields that have an option of their own and leave a preset its name. */
const shorthands = ['kimg', 'batch', 'seed'] as const;

export interface ConfigValues extends Partial<Record<(typeof shorthands)[number], string | undefined>> {
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
  const reasons = Object.entries({ ...taken, preset: '--preset chooses it' });
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
  const fields = [...all].filter(([path]) => path !== 'preset' && path !== 'version');
  const width = Math.max(...fields.map(([path]) => path.length)) + 2;
  return ['Fields for --set and --config:', ...fields.map(([path, takes]) => `  ${path.padEnd(width)}${takes}`)].join(
    '\n',
  );
}
