/**
 * The part of the state that belongs to one run. A new run begins with `initialRun()`, and nothing of the last is left.
 */
import { noEdits, type ClusterEdits } from '../lcp/partition/clusterEdits';
import type { HealthFinding } from '../lcp/health/health';
import type { ClipAnswer } from '../session/clip/clipAnswer';
import type { Evaluation } from '../session/evaluation/evaluation';
import { phaseIds, type EventOf, type PhaseId } from '../session/protocol/events';
import type { ClusterCard, LabelInferenceSummary, PromptQuality, StatPoint } from '../shared/domain';
import type { ErrorInfo } from '../shared/errors';
import type { ClusterMoment, RunMarker } from './runMarkers';

export interface Progress {
  label: string;
  done: number;
  /** 0 where the total is not known. */
  total: number;
  unit: EventOf<'progress'>['unit'];
  secondsLeft: number | null;
}

export type PhaseStatus = 'waiting' | 'active' | 'done';

export interface Notice {
  id: number;
  tone: 'info' | 'warning';
  code: string;
  text: string;
  action: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/**
 * The samples of the nearest pairs of a measurement, tile after tile. A class, so that immer leaves the bytes alone.
 */
export class CopyTiles {
  constructor(
    readonly size: number,
    readonly rgba: Uint8ClampedArray<ArrayBuffer>,
  ) {}
}

export interface RunState {
  phases: Record<PhaseId, PhaseStatus>;
  phase: PhaseId | null;
  progress: Progress | null;
  latest: StatPoint | null;
  /** The listed CLIP that judges samples; null where the one that looks at the pictures does. */
  critic: { id: string; name: string } | null;
  labels: LabelInferenceSummary | null;
  /** What the learnt prompts are worth; null before, and where none were learnt. */
  prompts: PromptQuality | null;
  clusters: ClusterCard[];
  clusterRevision: number;
  /** What is wanted of the clusters: names and locks, and what waits for the next refresh. */
  clusterEdits: ClusterEdits;
  /** The cards as they stood earlier, oldest first. */
  clusterMoments: ClusterMoment[];
  /** Where the newest samples lie among the clusters; null before they were looked at. */
  clusterSamples: Omit<EventOf<'clusterSamples'>, 'type'> | null;
  /** What happened when, oldest first. */
  markers: RunMarker[];
  /** Iteration at which an earlier visit had saved it; 0 where this one began it. */
  resumedAt: number;
  /** Iteration that the user looks back at, in grid, charts and cards alike; null follows the newest. */
  moment: number | null;
  notices: Notice[];
  /** The health checks in their order; empty before a run. */
  health: HealthFinding[];
  /** Measurements of this run, oldest first, and the samples that the newest shows. */
  evaluations: Evaluation[];
  copyTiles: CopyTiles | null;
  /** The measurement that is going on. */
  evaluating: { label: string; done: number } | null;
  /** Why the last measurement did not come to its end. */
  evaluationProblem: ErrorInfo | null;
  /** The words that CLIP is being asked about; null where it is not. */
  askingClip: readonly string[] | null;
  /** Its last answer about these pictures. */
  clipAnswer: ClipAnswer | null;
  /** Why the last question had no answer. */
  askClipProblem: ErrorInfo | null;
  seriesRevision: number;
  samplesRevision: number;
  /** Under which id this machine keeps the run; null while it does not. */
  keptAs: string | null;
  /** When the run was started, milliseconds since the epoch; null before. */
  startedAt: number | null;
  /** Kimg of the last export of this run; null where there was none. */
  exportedKimg: number | null;
  /** Bytes of a training job that is being put together; total 0 while they are not known. */
  savingJob: { done: number; total: number } | null;
  /** Why the last training job was not saved. */
  jobProblem: ErrorInfo | null;
}

export const noPhases: Record<PhaseId, PhaseStatus> = {
  clip: 'waiting',
  features: 'waiting',
  labels: 'waiting',
  partition: 'waiting',
  prompts: 'waiting',
  compile: 'waiting',
  train: 'waiting',
};

export const phaseNames: Record<PhaseId, string> = {
  clip: 'Load CLIP',
  features: 'Read features',
  labels: 'Infer labels',
  partition: 'Find clusters',
  prompts: 'Learn prompts',
  compile: 'Prepare GPU',
  train: 'Train',
};

export function initialRun(): RunState {
  return {
    phases: { ...noPhases },
    phase: null,
    progress: null,
    latest: null,
    critic: null,
    labels: null,
    prompts: null,
    clusters: [],
    clusterRevision: 0,
    clusterEdits: noEdits,
    clusterMoments: [],
    clusterSamples: null,
    markers: [],
    resumedAt: 0,
    moment: null,
    notices: [],
    health: [],
    evaluations: [],
    copyTiles: null,
    evaluating: null,
    evaluationProblem: null,
    askingClip: null,
    clipAnswer: null,
    askClipProblem: null,
    seriesRevision: 0,
    samplesRevision: 0,
    keptAs: null,
    startedAt: null,
    exportedKimg: null,
    savingJob: null,
    jobProblem: null,
  };
}

/** The phases before `phase` in the order of a run. */
export function phasesBefore(phase: PhaseId): readonly PhaseId[] {
  return phaseIds.slice(0, phaseIds.indexOf(phase));
}
