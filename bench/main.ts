/**
 * `npm run bench -- NAME [--long]`: runs one bench, prints what it measured for a person, and as its last line one JSON
 * object {"bench": NAME, "adapter": ..., ...figures}. Times are only ever ratios of two things interleaved in one run;
 * counts and bytes are exact.
 */
import type { Bench } from './bench';

const benches: Record<string, () => Promise<{ run: Bench }>> = {
  bits: () => import('./bits'),
  clip: () => import('./clip'),
  dispatch: () => import('./dispatch'),
  gpu: () => import('./gpu'),
  kernels: () => import('./kernels'),
  optimizer: () => import('./optimizer'),
  order2: () => import('./order2'),
  profile: () => import('./profile'),
  step: () => import('./step'),
};

async function main(): Promise<void> {
  const [name = '', ...flags] = process.argv.slice(2);
  const load = benches[name];
  if (!load) {
    console.error(`Which bench? One of: ${Object.keys(benches).join(', ')}.  npm run bench -- NAME [--long]`);
    process.exitCode = 2;
    return;
  }
  const { run } = await load();
  const figures = await run({ long: flags.includes('--long') });
  console.log(JSON.stringify({ bench: name, ...figures }));
}

main().then(
  () => process.exit(process.exitCode ?? 0), // Dawn keeps the event loop alive
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
