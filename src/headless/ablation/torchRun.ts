/**
 * A run of a study on PyTorch: prepared here as a training job, trained by `train.py` (here, or as a task of a Slurm
 * array), and measured here as any other run. Each of the three goes on where it was when the study is started again.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import * as v from 'valibot';
import { readCheckpoint } from '../../lcp/checkpoint/checkpoint';
import { exportNames } from '../../lcp/checkpoint/exportReadme';
import { totalIterations } from '../../shared/config';
import { runTorch } from '../torchPython';
import { writeJob } from '../writeJob';
import type { PlannedRun } from './plan';
import { writeResult, type RunResult } from './result';
import { accuracyOn, givenLabels, gridName, trainOnce, type Study, type Tell } from './study';

const jobFolder = 'job';
const checkpointIn = (folder: string): string => join(folder, jobFolder, 'result', exportNames.checkpoint);

/** What is known of a run once it is prepared. */
const preparedSchema = v.object({ fingerprint: v.string(), labelAccuracy: v.nullable(v.number()) });
const preparedName = 'prepared.json';

function readPrepared(folder: string, fingerprint: string): v.InferOutput<typeof preparedSchema> | null {
  const file = join(folder, preparedName);
  if (!existsSync(file)) return null;
  const prepared = v.safeParse(preparedSchema, JSON.parse(readFileSync(file, 'utf8')));
  return prepared.success && prepared.output.fingerprint === fingerprint ? prepared.output : null;
}

/** Infers labels, finds clusters, learns prompts and writes the job, where that has not been done. */
export async function prepareRun(
  study: Study,
  run: PlannedRun,
  fingerprint: string,
  folder: string,
  tell: Tell,
): Promise<void> {
  if (readPrepared(folder, fingerprint)) return;
  const job = join(folder, jobFolder);
  rmSync(job, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const given = givenLabels(study, run);
  const onPrepared = (session: Parameters<typeof writeJob>[0]): Promise<void> => writeJob(session, job);
  const labelAccuracy = await trainOnce({ study, run, tell, onPrepared }, given, async ({ inferred }) =>
    Promise.resolve(inferred && accuracyOn(inferred, study.dataset.labels, given)),
  );
  // Written last: what says that the job is there is whole.
  const file = join(folder, preparedName);
  writeFileSync(`${file}.part`, `${JSON.stringify({ fingerprint, labelAccuracy })}\n`);
  renameSync(`${file}.part`, file);
}

/** Whether PyTorch has brought the run to its end. */
export function isTrained(run: PlannedRun, folder: string): boolean {
  const file = checkpointIn(folder);
  return existsSync(file) && readCheckpoint(readFileSync(file)).trainer.iteration >= totalIterations(run.config);
}

export async function trainPrepared(run: PlannedRun, folder: string, tell: Tell): Promise<void> {
  if (isTrained(run, folder)) return;
  await runTorch([join(folder, jobFolder, 'train.py')], (line) => {
    const kimg = /^\s*([\d.]+) kimg/.exec(line)?.[1];
    if (kimg !== undefined) tell({ label: 'Training with PyTorch', share: Number(kimg) / run.config.kimg });
  });
}

/** Measures the end of a run that `train.py` has trained. */
export async function measurePrepared(
  study: Study,
  run: PlannedRun,
  fingerprint: string,
  folder: string,
  tell: Tell,
): Promise<RunResult> {
  const started = Date.now();
  const bytes = readFileSync(checkpointIn(folder));
  const { slots } = readCheckpoint(bytes);
  await cutGrid(folder, firstOfEachClass(slots), run.config.resolution);
  const { pixels, labels: truth } = study.dataset;
  const found = await study.evaluator.checkpoint(
    bytes,
    { pixels, truth },
    { samples: study.samples, seed: run.seed, onProgress: (label, share) => tell({ label, share }) },
  );
  const prepared = readPrepared(folder, fingerprint);
  return writeResult(folder, run, found, {
    fingerprint,
    labelAccuracy: prepared?.labelAccuracy ?? null,
    adapter: 'PyTorch',
    seconds: (Date.now() - started) / 1000,
  });
}

function firstOfEachClass(slots: readonly { slot: number; classIndex: number }[]): number[] {
  const rows = new Map<number, number>();
  slots.forEach(({ classIndex }, row) => {
    if (!rows.has(classIndex)) rows.set(classIndex, row);
  });
  return [...rows.values()];
}

/** `train.py` draws a row a cluster; variants are compared by one a class. */
async function cutGrid(folder: string, rows: readonly number[], side: number): Promise<void> {
  const gap = 2;
  const grid = join(folder, jobFolder, 'result', gridName);
  const { width } = await sharp(grid).metadata();
  const bands = await Promise.all(
    rows.map(async (row, at) => ({
      input: await sharp(grid)
        .extract({ left: 0, top: gap + row * (side + gap), width, height: side + gap })
        .toBuffer(),
      left: 0,
      top: gap + at * (side + gap),
    })),
  );
  await sharp({ create: { width, height: gap + rows.length * (side + gap), channels: 3, background: '#ffffff' } })
    .composite(bands)
    .png()
    .toFile(join(folder, gridName));
}

/** A Slurm array of the runs' jobs, one task a run. @param folders of the runs, in the array's order */
export function arrayScript(folders: readonly string[]): string {
  return `#!/bin/bash
# Queue it:  sbatch array.sbatch   (what follows goes to train.py; PYTHON chooses another Python)
# One GPU a run. When all have ended, the same ablate command without --slurm measures them.
#SBATCH --job-name=lcp-gan-study
#SBATCH --array=0-${folders.length - 1}
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --gpus-per-node=1
#SBATCH --cpus-per-task=4
#SBATCH --time=24:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=study-%A-%a.log
#SBATCH --signal=B:TERM@120
set -u
RUNS=(
${folders.map((folder) => `  '${join(folder, jobFolder).replaceAll("'", String.raw`'\''`)}'`).join('\n')}
)
cd "\${SLURM_SUBMIT_DIR:-.}"
exec "\${PYTHON:-python3}" "\${RUNS[$SLURM_ARRAY_TASK_ID]}/train.py" "$@"
`;
}
