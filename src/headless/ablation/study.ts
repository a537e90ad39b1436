/**
 * One run of an ablation study, from labels kept back to numbers: the studio's session trains, its export is measured
 * by a network outside the loop, and both stay in the run's folder.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from '../../formats/png';
import { exportNames } from '../../lcp/checkpoint/exportReadme';
import { tileGrid } from '../../lcp/checkpoint/tileGrid';
import { UNLABELED } from '../../shared/domain';
import { totalIterations } from '../../shared/config';
import { StudioError } from '../../shared/errors';
import type { ImportedDataset } from '../../session/run/importDataset';
import type { RunStore } from '../../session/saving/savedRun';
import type { ImportItem } from '../../session/protocol/commands';
import type { Event, EventOf } from '../../session/protocol/events';
import { Session } from '../../session/session';
import type { Evaluator } from '../evaluateNode';
import { FileRunStore, unfinishedName } from '../fileRunStore';
import { holdBack } from '../holdBack';
import { nodePorts } from '../nodePorts';
import type { PlannedRun } from './plan';
import type { RunResult } from './result';

export interface Study {
  classes: string[];
  /** The pictures, all with their true class. */
  dataset: ImportedDataset;
  /** Share of each class's labels that a run sees. */
  labels: number;
  clip: string;
  samples: number;
  evaluator: Evaluator;
}

export type Tell = (progress: { label: string; share: number }) => void;

export const resultName = 'result.json';
export const gridName = 'grid.png';

/**
 * Trains and measures; a run that was broken off goes on where it was.
 * @param folder where the export, the grid and the result go
 */
export async function runOnce(
  study: Study,
  run: PlannedRun,
  fingerprint: string,
  folder: string,
  tell: Tell,
): Promise<RunResult> {
  const started = Date.now();
  mkdirSync(folder, { recursive: true });
  const { dataset, classes, labels } = study;
  const truth = dataset.labels;
  const given = run.oracle ? truth : holdBack(truth, classes.length, { share: labels }, run.seed);
  const runStore = new FileRunStore(join(folder, unfinishedName));
  const trained = await trainOnce(
    { study, run, runStore, tell },
    dataset.items.map((item, image) => ({ ...item, label: given[image] ?? UNLABELED })),
    async (watch, session) => {
      const exported = await session.handle({ type: 'export', id: 4 });
      for (const file of exported?.files ?? []) writeFileSync(join(folder, file.name), new Uint8Array(file.bytes));
      if (watch.samples)
        writeFileSync(
          join(folder, gridName),
          await encodePng(tileGrid(oneRowAClass(watch.samples, watch.clusters, classes.length))),
        );
      const checkpoint = exported?.files.find(({ name }) => name === exportNames.checkpoint);
      if (!checkpoint) throw new Error('The export holds no checkpoint.');
      const found = await study.evaluator.checkpoint(
        new Uint8Array(checkpoint.bytes),
        { pixels: dataset.pixels, truth },
        { samples: study.samples, seed: run.seed, onProgress: (label, share) => tell({ label, share }) },
      );
      writeFileSync(join(folder, 'evaluation.json'), `${JSON.stringify(found, null, 1)}\n`);
      return {
        found,
        labelAccuracy: watch.inferred && accuracyOn(watch.inferred, truth, given),
        adapter: watch.adapter,
      };
    },
  );
  const { found, labelAccuracy, adapter } = trained;
  const result: RunResult = {
    variant: run.variant,
    seed: run.seed,
    kimg: run.config.kimg,
    iterations: totalIterations(run.config),
    fingerprint,
    frechet: found.frechet,
    kid: found.kid?.mean ?? null,
    precision: found.precision,
    recall: found.recall,
    coverage: found.coverage,
    classAccuracy: found.classifier?.accuracyOnSamples ?? null,
    labelAccuracy,
    featureNetwork: found.featureNetwork.name,
    reals: found.counts.reals,
    samples: found.counts.samples,
    adapter,
    seconds: (Date.now() - started) / 1000,
  };
  // Renamed into place: a result that is there is whole.
  const file = join(folder, resultName);
  writeFileSync(`${file}.part`, `${JSON.stringify(result, null, 1)}\n`);
  renameSync(`${file}.part`, file);
  await runStore.forget();
  return result;
}

/** What a session said that the study needs. */
interface Watch {
  samples: EventOf<'samples'> | null;
  clusters: EventOf<'clusters'> | null;
  inferred: Int32Array | null;
  adapter: string;
  failure: StudioError | null;
}

interface Training {
  study: Study;
  run: PlannedRun;
  runStore: RunStore;
  tell: Tell;
}

async function trainOnce<T>(
  { study, run, runStore, tell }: Training,
  items: ImportItem[],
  measure: (watch: Watch, session: Session) => Promise<T>,
): Promise<T> {
  const watch: Watch = { samples: null, clusters: null, inferred: null, adapter: '', failure: null };
  let ended: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const session = new Session({
    ...nodePorts((event: Event) => {
      if (event.type === 'progress' && event.total > 0) tell({ label: event.label, share: event.done / event.total });
      if (event.type === 'samples') watch.samples = event;
      if (event.type === 'clusters') watch.clusters = event;
      if (event.type === 'labels') watch.inferred = event.inferred;
      if (event.type === 'notice' && event.code === 'run-resumed') console.log(`  ${event.text}`);
      if (event.type === 'adapter') watch.adapter = event.adapter.description || event.adapter.vendor;
      if (event.type === 'failed') watch.failure = new StudioError(event.error);
      if (event.type === 'state' && ['finished', 'stopped', 'failed'].includes(event.state)) ended();
    }),
    runStore,
  });
  try {
    await session.handle({ type: 'hello', id: 0, version: 1, modelsUrl: '' });
    const clip = { kind: 'manifest', id: study.clip } as const;
    await session.handle({
      type: 'import',
      id: 1,
      classes: study.classes,
      items,
      resolution: run.config.resolution,
      clip,
    });
    await session.handle({ type: 'start', id: 2, config: run.config, clip, resume: 'ifSaved' });
    await end;
    if (watch.failure) throw watch.failure;
    return await measure(watch, session);
  } finally {
    await session.close();
  }
}

/**
 * Share of the pictures without a given label whose inferred class is the true one; null where every label was given.
 */
function accuracyOn(inferred: Int32Array, truth: Int32Array, given: Int32Array): number | null {
  const unlabeled = [...given.keys()].filter((image) => given[image] === UNLABELED);
  return unlabeled.length === 0
    ? null
    : unlabeled.filter((image) => inferred[image] === truth[image]).length / unlabeled.length;
}

/**
 * The rows of the grid that show the first cluster of each class, so that variants with different numbers of clusters
 * can be compared.
 */
function oneRowAClass(
  samples: EventOf<'samples'>,
  clusters: EventOf<'clusters'> | null,
  classCount: number,
): Parameters<typeof tileGrid>[0] {
  const { columns, rows, size, rgba } = samples;
  const classOf = new Map(clusters?.cards.map(({ slot, classIndex }) => [slot, classIndex]));
  const chosen = Array.from({ length: classCount }, (_, c) => rows.findIndex((slot) => classOf.get(slot) === c)).filter(
    (row) => row >= 0,
  );
  const bytes = columns * size * size * 4;
  const kept = new Uint8Array(chosen.length * bytes);
  chosen.forEach((row, at) => kept.set(new Uint8Array(rgba, row * bytes, bytes), at * bytes));
  return { columns, rows: chosen, size, rgba: kept.buffer };
}
