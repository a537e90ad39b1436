/**
 * `npm run evaluate -- --run DIR --data DIR [--truth FILE.csv] [--samples 1000] [--network ID|FILE.onnx] [--seed 1]
 * [--out FILE.json]`: measures an exported checkpoint (its folder or the file itself) against the pictures it was
 * trained on: distances on the features of a network that had no part in training, class accuracy by a classifier on
 * them, and a search for copies. Prints a report and writes it beside the checkpoint.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { readCheckpoint } from '../lcp/checkpoint/checkpoint';
import { exportNames } from '../lcp/checkpoint/exportReadme';
import { StudioError, toErrorInfo } from '../shared/errors';
import { describeEvaluation, groupsCsv } from '../session/evaluation/evaluationReport';
import { importDataset } from '../session/run/importDataset';
import { defaultNetwork, openEvaluator } from './evaluateNode';
import { nodePorts } from './nodePorts';
import { readFolder } from './readFolder';
import { readTrueClasses } from './truth';

const usage =
  'npm run evaluate -- --run DIR --data DIR [--truth FILE.csv] [--samples 1000] [--network ID|FILE.onnx] [--seed 1] [--out FILE.json]';

function options() {
  const { values } = parseArgs({
    options: {
      run: { type: 'string' },
      data: { type: 'string' },
      truth: { type: 'string' },
      samples: { type: 'string', default: '1000' },
      network: { type: 'string', default: defaultNetwork },
      seed: { type: 'string', default: '1' },
      out: { type: 'string' },
    },
  });
  const { run, data } = values;
  if (run === undefined || data === undefined) {
    console.error(`Which run, and where are its pictures?\nUsage: ${usage}`);
    process.exit(2);
  }
  const file = statSync(run).isDirectory() ? join(run, exportNames.checkpoint) : run;
  return {
    ...values,
    data,
    file,
    samples: Number(values.samples),
    seed: Number(values.seed),
    out: values.out ?? join(dirname(file), 'evaluation.json'),
  };
}

/** The pictures as the session read them, which must be those of the checkpoint. */
async function readReals(data: string, truthFile: string | undefined, checkpoint: ReturnType<typeof readCheckpoint>) {
  const { reading, items } = await readFolder(data);
  const dataset = await importDataset(
    nodePorts(() => undefined),
    reading.classes,
    items,
    checkpoint.config.resolution,
    new AbortController().signal,
  );
  if (checkpoint.imageHashes && checkpoint.imageHashes.join() !== dataset.hashes.join()) {
    throw new StudioError({
      code: 'format',
      what: `${data} does not hold the pictures that this run was trained on.`,
      why: 'Their contents or their order differ.',
      action: 'Give the folder of the run with --data.',
    });
  }
  if (truthFile === undefined) return { pixels: dataset.pixels };
  const truth = readTrueClasses(truthFile);
  const named = (path: string, label: number): number =>
    truth.has(path) ? checkpoint.classes.indexOf(truth.get(path) ?? '') : label;
  return { pixels: dataset.pixels, truth: Int32Array.from(dataset.items, ({ path, label }) => named(path, label)) };
}

async function main(): Promise<void> {
  const { file, data, truth, samples, seed, network, out } = options();
  const bytes = new Uint8Array(readFileSync(file));
  const reals = await readReals(data, truth, readCheckpoint(bytes));
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

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const { what, why, action, detail } = toErrorInfo(error);
    console.error(`${what} ${why} ${action}${detail ? `\n${detail}` : ''}`);
    process.exit(1);
  },
);
