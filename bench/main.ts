/**
 * `npm run bench -- NAME [--long]`: runs one bench, prints what it measured for a person, and as its last line one JSON
 * object {"bench": NAME, "adapter": ..., ...figures}. Times are only ever ratios of two things interleaved in one run;
 * counts and bytes are exact.
 */
import { HelpRequest, readOptions, runCommand, UsageError, type OptionSpec } from '../src/headless/commandLine';
import { allBaseFacts } from '../src/lcp/bases/facts';
import type { Base } from '../src/shared/config';
import type { Bench, BenchOptions } from './bench';

interface Entry {
  load: () => Promise<{ run: Bench }>;
  takes: readonly (keyof BenchOptions)[];
}

const benches: Record<string, Entry> = {
  bits: { load: () => import('./bits'), takes: [] },
  bundle: { load: () => import('./bundle'), takes: [] },
  clip: { load: () => import('./clip'), takes: ['long'] },
  dispatch: { load: () => import('./dispatch'), takes: [] },
  gpu: { load: () => import('./gpu'), takes: ['toy'] },
  import: { load: () => import('./import'), takes: ['long', 'toy'] },
  kernels: { load: () => import('./kernels'), takes: ['long'] },
  optimizer: { load: () => import('./optimizer'), takes: [] },
  order2: { load: () => import('./order2'), takes: [] },
  profile: { load: () => import('./profile'), takes: ['long', 'base'] },
  step: { load: () => import('./step'), takes: ['long', 'base'] },
  trace: { load: () => import('./trace'), takes: ['long'] },
};

const bases = Object.keys(allBaseFacts) as Base[];

const specs: Record<keyof BenchOptions, OptionSpec> = {
  long: { about: 'Allow more than 50 seconds.' },
  toy: { about: 'Run at toy sizes, whose figures say nothing.' },
  base: { value: 'NAME', about: `Base model: ${bases.join(' or ')}.`, default: 'biggan' },
};

async function main(): Promise<void> {
  const [name = '', ...flags] = process.argv.slice(2);
  const names = Object.keys(benches).join(', ');
  if (name === '--help')
    throw new HelpRequest(`npm run bench -- NAME [options]\nOne of: ${names}. NAME --help lists its options.`);
  const entry = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (!entry) throw new UsageError(`Which bench? One of: ${names}.  npm run bench -- NAME [--long]`);
  const options = Object.fromEntries(entry.takes.map((option) => [option, specs[option]]));
  const given = readOptions(
    { name: `bench -- ${name}`, purpose: 'Prints figures; the last line is JSON.', options },
    flags,
  );
  const asked = String(given['base'] ?? 'biggan');
  const base = bases.find((each) => each === asked);
  if (!base) throw new UsageError(`There is no base model "${asked}". There are: ${bases.join(', ')}.`);
  const { run } = await entry.load();
  const figures = await run({ long: given['long'] === true, toy: given['toy'] === true, base });
  console.log(JSON.stringify({ bench: name, ...figures }));
}

runCommand(main);
