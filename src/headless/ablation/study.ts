/**
 * One run of an ablation study, from labels kept back to numbers: the studio's session trains, its export is measured
 * by a network outside the loop, and both stay in the run's folder.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from '../../formats/png';
import { exportNames } from '../../lcp/checkpoint/exportReadme';
import { tileGrid } from '../../lcp/checkpoint/tileGrid';
import { UNLABELED } from '../../shared/domain';
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
import { writeResult, type RunResult } from './result';

export interface Study {
  classes: string[];
  /** The pictures, all with their true class. */
  dataset: ImportedDataset;
  /** Share of each class's labels that a run sees. */
  labels: number;
  clip: string;
  /** CLIP that judges samples in training. */
  critic: string;
  samples: number;
  evaluator: Evaluator;
}

export type Tell = (progress: { label: string; share: number }) => void;

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
  const { dataset, classes } = study;
  const truth = dataset.labels;
  const given = givenLabels(study, run);
  const runStore = new FileRunStore(join(folder, unfinishedName));
  const result = await trainOnce({ study, run, runStore, tell }, given, async (watch, session) => {
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
    return writeResult(folder, run, found, {
      fingerprint,
      labelAccuracy: watch.inferred && accuracyOn(watch.inferred, truth, given),
      adapter: watch.adapter,
      seconds: (Date.now() - started) / 1000,
    });
  });
  await runStore.forget();
  return result;
}

/** The labels that a run sees. */
export function givenLabels({ dataset, classes, labels }: Study, run: PlannedRun): Int32Array {
  return run.oracle ? dataset.labels : holdBack(dataset.labels, classes.length, { share: labels }, run.seed);
}

/** What a session said that the study needs. */
export interface Watch {
  samples: EventOf<'samples'> | null;
  clusters: EventOf<'clusters'> | null;
  inferred: Int32Array | null;
  adapter: string;
  failure: StudioError | null;
}

/** Codes of notices that tell what was not done anew. */
const saidOfEarlierRuns: ReadonlySet<string> = new Set(['run-resumed', 'knowledge-kept']);

interface Training {
  study: Study;
  run: PlannedRun;
  tell: Tell;
  /** None where nothing is to be saved: the run ends as soon as it is prepared. */
  runStore?: RunStore;
  /** Called once the networks stand, before the first iteration. */
  onPrepared?: (session: Session) => Promise<void>;
}

/** @param measure what is made of the run at its end, while its session is still there */
export async function trainOnce<T>(
  { study, run, runStore, tell, onPrepared }: Training,
  given: Int32Array,
  measure: (watch: Watch, session: Session) => Promise<T>,
): Promise<T> {
  const watch: Watch = { samples: null, clusters: null, inferred: null, adapter: '', failure: null };
  let ended: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const items = study.dataset.items.map((item, image): ImportItem => ({ ...item, label: given[image] ?? UNLABELED }));
  let prepared: Promise<void> | null = null;
  const session: Session = new Session({
    ...nodePorts((event: Event) => {
      if (event.type === 'progress' && event.total > 0) tell({ label: event.label, share: event.done / event.total });
      if (event.type === 'samples') watch.samples = event;
      if (event.type === 'clusters') watch.clusters = event;
      if (event.type === 'labels') watch.inferred = event.inferred;
      if (event.type === 'notice' && saidOfEarlierRuns.has(event.code)) console.log(`  ${event.text}`);
      if (event.type === 'adapter') watch.adapter = event.adapter.description || event.adapter.vendor;
      if (event.type === 'failed') watch.failure = new StudioError(event.error);
      if (event.type !== 'state') return;
      if (['finished', 'stopped', 'failed'].includes(event.state)) ended();
      if (event.state !== 'training' || !onPrepared || prepared) return;
      prepared = onPrepared(session);
      prepared.catch(() => undefined); // told of once the run has ended
    }),
    ...(runStore ? { runStore } : {}),
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
    const { critic } = study;
    await session.handle({ type: 'start', id: 2, config: run.config, clip, critic, resume: 'ifSaved' });
    await end;
    await prepared;
    if (watch.failure) throw watch.failure;
    return await measure(watch, session);
  } finally {
    await session.close();
  }
}

/**
 * Share of the pictures without a given label whose inferred class is the true one; null where every label was given.
 */
export function accuracyOn(inferred: Int32Array, truth: Int32Array, given: Int32Array): number | null {
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
