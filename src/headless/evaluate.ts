/**
 * `npm run evaluate -- --run DIR --data DIR` (`--help` lists the options): measures an exported checkpoint (its folder
 * or the file itself) against the pictures it was trained on: distances on the features of a network that had no part
 * in training, class accuracy by a classifier on them, and a search for copies. Prints a report and writes it beside
 * the checkpoint.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readCheckpoint } from '../lcp/checkpoint/checkpoint';
import { exportNames } from '../lcp/checkpoint/exportReadme';
import { describeEvaluation, groupsCsv } from '../session/evaluation/evaluationReport';
import { numberOption, readOptions, runCommand, UsageError } from './commandLine';
import { dataOptions, readingOptions } from './dataOptions';
import { defaultNetwork, openEvaluator } from './evaluateNode';
import { readReals } from './evaluateReals';

function evaluateOptions(args: readonly string[]) {
  const values = readOptions(
    {
      name: 'evaluate --',
      purpose: 'Measures an exported checkpoint against the pictures that it was trained on.',
      options: {
        run: { value: 'DIR', about: 'Folder of an export, or the checkpoint itself. The configuration is in it.' },
        ...dataOptions,
        truth: { value: 'FILE.csv', about: 'True classes of pictures: lines "path,class" under a header.' },
        samples: { value: 'N', about: 'Samples to draw.', default: '1000' },
        network: { value: 'ID|FILE.onnx', about: 'Network that judges.', default: defaultNetwork },
        seed: { value: 'N', about: 'Seed of the samples.', default: '1' },
        out: { value: 'FILE.json', about: 'Where the report is written; default: beside the checkpoint.' },
      },
    },
    args,
  );
  const { run, data } = values;
  if (run === undefined || data === undefined)
    throw new UsageError('Which run, and where are its pictures? Give --run DIR and --data DIR.');
  if (!existsSync(run)) throw new UsageError(`There is no ${run}.`);
  const file = statSync(run).isDirectory() ? join(run, exportNames.checkpoint) : run;
  if (!existsSync(file)) throw new UsageError(`${run} holds no ${exportNames.checkpoint}: has its run been exported?`);
  return {
    ...values,
    data,
    reading: readingOptions(values),
    file,
    samples: numberOption('samples', values.samples, { least: 20, whole: true }),
    seed: numberOption('seed', values.seed, { least: 0, most: 0xffffffff, whole: true }),
    out: values.out ?? join(dirname(file), 'evaluation.json'),
  };
}

async function main(): Promise<void> {
  const { file, data, reading, truth, samples, seed, network, out } = evaluateOptions(process.argv.slice(2));
  const bytes = new Uint8Array(readFileSync(file));
  const reals = await readReals(data, reading, truth, readCheckpoint(bytes));
  for (const note of reals.notes) console.log(note);
  const evaluator = await openEvaluator({ network });
  let last = '';
  const onProgress = (label: string): void => {
    if (label !== last) console.log(`… ${label}`);
    last = label;
  };
  const found = await evaluator.checkpoint(bytes, reals, { samples, seed, onProgress });
  await evaluator.close();
  writeFileSync(out, `${JSON.stringify(found, null, 1)}\n`);
  writeFileSync(out.replace(/\.json$/, '.csv'), groupsCsv([found]));
  console.log(`\n${describeEvaluation(found).join('\n')}\n\nWritten to ${out}.`);
}

runCommand(main);
