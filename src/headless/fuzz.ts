/**
 * `npm run fuzz -- NAME` (`--help` lists the options): feeds a reader with damaged and lying inputs until time is up, and
 * prints the smallest that breaks it, to be kept in src/data/fuzz/found.ts. `all` takes the readers in turn.
 */
import * as fc from 'fast-check';
import { mutations } from '../data/fuzz/mutate';
import { targets, type FuzzTarget } from '../data/fuzz/targets';
import { StudioError } from '../shared/errors';
import { numberOption, readOptions, runCommand, UsageError } from './commandLine';

/** Of the processor's time; longer for a single small input is as bad as a crash. */
const SLOW_MS = 5000;
const RUNS = 300;

async function fuzz(name: string, { seeds, check }: FuzzTarget, seconds: number): Promise<void> {
  const sound = await seeds();
  // What is loaded late is loaded now.
  for (const bytes of sound) await check(bytes);
  const inputs = mutations(sound);
  const end = Date.now() + seconds * 1000;
  let runs = 0;
  let slowest = 0;
  while (Date.now() < end) {
    const property = fc.asyncProperty(inputs, async (bytes) => {
      const from = process.cpuUsage();
      await check(bytes);
      const took = process.cpuUsage(from).user / 1000;
      slowest = Math.max(slowest, took);
      if (took > SLOW_MS) throw new Error(`It took ${(took / 1000).toFixed(1)} s.`);
    });
    const result = await fc.check(property, { numRuns: RUNS, seed: Date.now() & 0x7fffffff });
    runs += result.numRuns;
    if (!result.failed) continue;
    const [bytes] = result.counterexample ?? [];
    throw new StudioError({
      code: 'internal',
      what: `${name}: an input breaks it, after ${runs.toLocaleString('en-US')} others.`,
      why: String(result.errorInstance instanceof Error ? result.errorInstance.stack : result.errorInstance),
      action: `Keep it in src/data/fuzz/found.ts: ${Buffer.from(bytes ?? []).toString('base64')}`,
    });
  }
  console.log(
    `${name}: ${runs.toLocaleString('en-US')} inputs in ${seconds} s, none breaks it; the slowest took ${Math.round(slowest)} ms.`,
  );
}

async function main(): Promise<void> {
  const [name, ...rest] = process.argv.slice(2);
  const bare = name !== undefined && !name.startsWith('--');
  const values = readOptions(
    {
      name: 'fuzz -- NAME',
      purpose: `Looks for inputs that break a reader: ${Object.keys(targets).join(', ')}, or all.`,
      options: { seconds: { value: 'N', about: 'For how long, each.', default: '60' } },
    },
    bare ? rest : process.argv.slice(2),
  );
  const seconds = numberOption('seconds', values.seconds, { least: 1, most: 86_400 });
  const chosen = Object.entries(targets).filter(([each]) => name === 'all' || each === name);
  if (chosen.length === 0)
    throw new UsageError(`Which reader? Give one of ${Object.keys(targets).join(', ')}, or all.`);
  for (const [each, target] of chosen) await fuzz(each, target, seconds);
}

runCommand(main);
