/**
 * `npm run ablate -- --data DIR` (`--help` lists the options): every ablation of docs/method.md, section 9, on one fully
 * labeled folder of which a run sees only a share of the labels. Ends in a Markdown table (ablation.md), a picture of
 * same-seed grids (grids.png) and all numbers (ablation.json) in the output folder. Broken off, the same command goes on
 * where it was, to the minute; `--variants` and `--seeds` may grow from call to call.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { importDataset } from '../session/run/importDataset';
import { ablations, type AblationId } from '../shared/ablations';
import { everyVariant, planRuns, studyPresets, studySize, type PlannedRun } from './ablation/plan';
import { gridSheet } from './ablation/gridSheet';
import { footing, markdownTable, oracleRatio } from './ablation/report';
import { fingerprintOf, readResult, resultName, type RunResult } from './ablation/result';
import { gridName, runOnce, type Study, type Tell } from './ablation/study';
import { arrayScript, isTrained, measurePrepared, prepareRun, trainPrepared } from './ablation/torchRun';
import { chosenCritic, clipOptions } from './clipOptions';
import { numberOption, readOptions, runCommand, UsageError } from './commandLine';
import { chosenBase, chosenConfig, configOptions } from './configOptions';
import { openEvaluator } from './evaluateNode';
import { dataOptions, readingOptions, truthOption } from './dataOptions';
import { readLabeledFolder } from './labeledFolder';
import { nodePorts } from './nodePorts';

function ablateOptions(args: readonly string[]) {
  const values = readOptions(
    {
      name: 'ablate --',
      purpose: 'The method with each part taken out, beside the fully supervised base, on the same pictures.',
      options: {
        ...dataOptions,
        truth: truthOption,
        preset: { value: 'ID', about: `Size of the study: ${studyPresets.join(', ')}.`, default: 'tiny' },
        labels: { value: 'SHARE', about: 'Share of the labels that a run sees.', default: '0.2' },
        seeds: { value: 'N', about: 'Runs of each variant.', default: '3' },
        'first-seed': {
          value: 'N',
          about: 'Seed of the first of them; machines that share a study out give each its own.',
          default: '1',
        },
        variants: { value: 'LIST', about: `Between commas, of ${everyVariant.join(', ')}; default: all.` },
        samples: { value: 'N', about: 'Samples that a run is judged by.' },
        network: { value: 'ID', about: 'Network that judges.' },
        ...clipOptions,
        engine: { value: 'ID', about: 'What trains: webgpu, the studio itself, or pytorch.', default: 'webgpu' },
        slurm: { about: 'Prepare all runs and write a Slurm array of them; measure those that have ended.' },
        out: { value: 'DIR', about: 'Folder for the results.', default: 'runs/ablation' },
        kimg: { value: 'N', about: 'Short for --set kimg=N.' },
        batch: { value: 'N', about: 'Short for --set batch=N.' },
        ...configOptions,
      },
    },
    args,
  );
  const { data, preset } = values;
  if (data === undefined) throw new UsageError('Where are the pictures? Give --data PATH.');
  const named = studyPresets.find((each) => each === preset);
  if (!named) throw new UsageError(`There is no preset "${preset}". There are: ${studyPresets.join(', ')}.`);
  const variants = values.variants === undefined ? everyVariant : (values.variants.split(',') as AblationId[]);
  const unknown = variants.find((variant) => !Object.hasOwn(ablations, variant));
  if (unknown !== undefined)
    throw new UsageError(`There is no variant "${unknown}". There are: ${everyVariant.join(', ')}.`);
  const { engine, slurm } = values;
  const size = studySize(named, chosenBase(values) ?? 'biggan');
  const { samples } = values;
  const labels = numberOption('labels', values.labels, { least: 0, most: 1 });
  if (labels === 0) throw new UsageError('--labels 0 leaves no label to learn from.');
  return {
    data,
    reading: readingOptions(values),
    truth: values.truth,
    config: chosenConfig(size.config, values, {
      seed: 'the study runs seeds 1, 2, 3 and so on; --seeds says how many, --first-seed from which on',
      ablation: 'the variants decide on it; --variants chooses them',
    }),
    labels,
    variants,
    seeds: numberOption('seeds', values.seeds, { least: 1, whole: true }),
    firstSeed: numberOption('first-seed', values['first-seed'], { least: 1, whole: true }),
    samples: samples === undefined ? size.samples : numberOption('samples', samples, { least: 20, whole: true }),
    network: values.network ?? size.network,
    clip: values.clip,
    critic: values.critic,
    out: values.out,
    /** Slurm's arrays run PyTorch alone. */
    engine: trains(slurm ? 'pytorch' : engine),
    slurm,
  };
}

function trains(engine: string): 'webgpu' | 'pytorch' {
  if (engine === 'webgpu' || engine === 'pytorch') return engine;
  throw new UsageError(`There is no engine "${engine}". There are: webgpu, pytorch.`);
}

/** With the critic that the list of CLIPs names where none is asked for. */
type Options = ReturnType<typeof ablateOptions> & { critic: string };

async function openStudy(options: Options): Promise<Study> {
  const { data, reading, truth, config, labels, samples, network, clip, critic } = options;
  const { classes, items, unknown } = await readLabeledFolder(data, truth, reading);
  if (unknown > 0) console.log(`${unknown} pictures are left out: nobody knows their class.`);
  const dataset = await importDataset(
    nodePorts(() => undefined),
    classes,
    items,
    config.resolution,
    new AbortController().signal,
    { matte: reading.matte },
  );
  const evaluator = await openEvaluator({ network });
  console.log(
    `${data}: ${dataset.labels.length} pictures of ${classes.length} classes, ${Math.round(100 * labels)}% labeled in each run; seen by ${clip}, judged in training by ${critic} and at its end by ${evaluator.network.identity.name}.`,
  );
  return { classes, dataset, labels, clip, critic, samples, evaluator };
}

/** A line every few seconds. */
function teller(name: string): Tell {
  let last = 0;
  return ({ label, share }) => {
    if (Date.now() - last < 5000) return;
    last = Date.now();
    console.log(`  ${name}  ${label}: ${Math.round(100 * share)}%`);
  };
}

function timeLeft(done: readonly RunResult[], missing: number): string {
  const seconds = (done.reduce((sum, result) => sum + result.seconds, 0) / Math.max(1, done.length)) * missing;
  return done.length === 0 ? '' : `, about ${Math.ceil(seconds / 60)} min left`;
}

async function writeReport(options: Options, results: readonly RunResult[]): Promise<void> {
  const { out, variants, labels } = options;
  const ratio = oracleRatio(results);
  const summary =
    ratio === null
      ? ''
      : `\nFD of LCP-GAN at ${Math.round(100 * labels)}% of the labels over FD of the fully supervised base, mean over seeds: ${ratio.toFixed(3)}.\n`;
  writeFileSync(
    join(out, 'ablation.md'),
    `${markdownTable(results, variants)}\n\n${footing(results, labels)}\n${summary}`,
  );
  writeFileSync(join(out, 'ablation.json'), `${JSON.stringify({ labels, oracleRatio: ratio, results }, null, 1)}\n`);
  const entries = variants
    .map((variant) => ({ title: ablations[variant].title, file: join(out, variant, 'seed-1', gridName) }))
    .filter(({ file }) => existsSync(file));
  if (entries.length > 0) writeFileSync(join(out, 'grids.png'), await gridSheet(entries));
}

interface StudyRun {
  run: PlannedRun;
  fingerprint: string;
  folder: string;
}

/** @returns null for a run that is left to Slurm */
async function runOn(
  { engine, slurm }: Options,
  study: Study,
  { run, fingerprint, folder }: StudyRun,
  tell: Tell,
): Promise<RunResult | null> {
  if (engine === 'webgpu') return runOnce(study, run, fingerprint, folder, tell);
  await prepareRun(study, run, fingerprint, folder, tell);
  if (slurm && !isTrained(run, folder)) return null;
  await trainPrepared(run, folder, tell);
  return measurePrepared(study, run, fingerprint, folder, tell);
}

/** An array of the runs that are still to be trained. */
function writeArray(out: string, missing: readonly StudyRun[]): void {
  if (missing.length === 0) return;
  const file = join(out, 'array.sbatch');
  writeFileSync(file, arrayScript(missing.map(({ folder }) => resolve(folder))));
  console.log(
    `${missing.length} runs are prepared: sbatch ${file}. When they have ended, the same command measures them.`,
  );
}

async function main(): Promise<void> {
  const given = ablateOptions(process.argv.slice(2));
  const options = { ...given, critic: await chosenCritic(given, nodePorts(() => undefined).clipIo) };
  const { config, variants, seeds, firstSeed, out } = options;
  mkdirSync(out, { recursive: true });
  const study = await openStudy(options);
  const runs = planRuns(config, variants, seeds, firstSeed).map((run) => {
    const fingerprint = fingerprintOf(run, study.dataset.hashes, options);
    const folder = join(out, run.variant, `seed-${run.seed}`);
    return { run, fingerprint, folder, done: readResult(join(folder, resultName), fingerprint) };
  });
  const results = runs.flatMap(({ done }) => done ?? []);
  if (results.length > 0) console.log(`${results.length} of ${runs.length} runs are there already.`);
  const missing = (): StudyRun[] =>
    runs.filter(({ folder, fingerprint }) => !readResult(join(folder, resultName), fingerprint));
  for (const { run, fingerprint, folder } of missing()) {
    const name = `${results.length + 1} of ${runs.length}, ${run.variant}, seed ${run.seed}`;
    console.log(`${name}${timeLeft(results, runs.length - results.length)}`);
    const result = await runOn(options, study, { run, fingerprint, folder }, teller(name));
    if (!result) continue;
    results.push(result);
    console.log(`  FD ${result.frechet?.toFixed(2) ?? 'not measured'}, ${Math.round(result.seconds)} s`);
    await writeReport(options, results);
  }
  await writeReport(options, results);
  if (options.slurm) writeArray(out, missing());
  await study.evaluator.close();
  console.log(`\n${markdownTable(results, variants)}\n\n${footing(results, options.labels)}\nWritten to ${out}.`);
}

runCommand(main);
