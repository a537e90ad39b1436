/**
 * How one event of the session changes the state: a pure function on an immer draft. Events whose bulk lives outside of
 * the state (curves, grids) are stored by `studio.ts` before they come here.
 */
import type { Event, EventOf, SessionState } from '../session/protocol/events';
import { phaseIds } from '../session/protocol/events';
import { presets } from '../shared/config';
import { keepAs } from './libraryState';
import { markEvent } from './markEvent';
import { beginLabels, takeChanges } from './reduceLabels';
import { startingPreset } from './startingPreset';
import { CopyTiles, noPhases, phaseNames, phasesBefore } from './runState';
import { renewedBy, type StudioState } from './studioState';

const keptNotices = 200;

const stateWords: Partial<Record<SessionState, string>> = {
  importing: 'Reading pictures.',
  ready: 'Pictures are ready.',
  preparing: 'Preparing the run.',
  training: 'Training.',
  paused: 'Paused.',
  finished: 'Training has finished.',
  stopped: 'Training has stopped.',
  failed: 'The run has failed.',
};

export function reduceEvent(state: StudioState, event: Event, now: number): void {
  markEvent(state, event);
  switch (event.type) {
    case 'reply':
      return;
    case 'state':
      return onState(state, event.state);
    case 'adapter':
      state.adapter = event.adapter;
      if (!state.configTouched) state.preset = startingPreset('biggan', event.adapter);
      if (!state.configTouched) state.config = presets[state.preset];
      return;
    case 'progress':
      return onProgress(state, event);
    case 'dataset':
      state.dataset = event.summary;
      state.decoded = event.decoded;
      state.renewed = state.source ? renewedBy(state.source, event.summary, event.decoded) : null;
      state.picturesId = event.pictures ?? null;
      beginLabels(state);
      return;
    case 'labelChanges':
      takeChanges(state, event);
      return;
    case 'labelsPending':
      state.labeling.pending = event.pictures;
      return;
    case 'studying':
      if (state.labeling.studying)
        state.labeling.studying = { label: event.label, done: event.done, total: event.total };
      return;
    case 'interrupted':
      state.interrupted = event.run;
      return;
    case 'clusterEdits':
      state.run.clusterEdits = event.edits;
      return;
    case 'critic':
      state.run.critic = event.critic;
      return;
    case 'kept':
      keepAs(state, event.run);
      return;
    case 'labels':
      state.run.labels = event.summary;
      return;
    case 'prompts':
      state.run.prompts = event.quality;
      return;
    case 'clusterSamples':
      state.run.clusterSamples = { observed: event.observed, expected: event.expected };
      return;
    case 'clusters':
      // Of other clusters.
      if (state.run.clusterSamples?.observed.length !== event.cards.length) state.run.clusterSamples = null;
      state.run.clusters = event.cards;
      state.run.clusterRevision = event.revision;
      return;
    case 'stats':
      state.run.latest = event.points.at(-1) ?? state.run.latest;
      return;
    case 'samples':
      return;
    case 'health':
      state.run.health = event.findings;
      return;
    case 'notice':
      return onNotice(state, event, now);
    case 'failed':
      return onFailed(state, event);
    case 'evaluating':
      state.run.evaluating = event.done === null ? null : { label: event.label, done: event.done };
      return;
    case 'clipAnswer':
      // What was asked of an earlier run is no answer about this one.
      if (state.run.askingClip === null) return;
      state.run.clipAnswer = event.result;
      state.announcement = 'CLIP has compared your pictures with the words.';
      return;
    case 'evaluation':
      state.run.evaluations.push(event.result);
      state.run.copyTiles = new CopyTiles(event.size, new Uint8ClampedArray(event.copies));
      state.announcement = 'The samples have been measured.';
      return;
  }
}

function onState(state: StudioState, next: SessionState): void {
  if (state.session === next) return;
  state.session = next;
  const words = stateWords[next];
  if (words) state.announcement = words;
  if (next === 'ready') state.importProgress = null;
  if (next === 'finished') for (const phase of phaseIds) state.run.phases[phase] = 'done';
  if (next === 'finished' || next === 'stopped' || next === 'failed') {
    state.run.progress = null;
    state.labeling.pending = 0;
    if (state.question?.kind === 'stop') state.question = null;
  }
}

function onProgress(state: StudioState, event: EventOf<'progress'>): void {
  const { type: _, phase, ...progress } = event;
  if (phase === 'import') {
    state.importProgress = progress;
    return;
  }
  if (state.run.phase !== phase) {
    state.announcement = `${phaseNames[phase]}.`;
    state.run.phase = phase;
    state.run.phases = { ...noPhases, [phase]: 'active' };
    for (const earlier of phasesBefore(phase)) state.run.phases[earlier] = 'done';
  }
  state.run.progress = progress;
}

/** Adds a note to the log of the run. */
export function onNotice(state: StudioState, event: Omit<EventOf<'notice'>, 'type'>, now: number): void {
  const last = state.run.notices.at(-1);
  if (last && last.code === event.code && last.text === event.text) return;
  const { tone, code, text, action } = event;
  state.run.notices.push({ id: (last?.id ?? 0) + 1, tone, code, text, action, at: now });
  if (state.run.notices.length > keptNotices) state.run.notices.splice(0, state.run.notices.length - keptNotices);
}

function onFailed(state: StudioState, event: EventOf<'failed'>): void {
  const info = event.error;
  if (info.code === 'webgpu-missing' || info.code === 'adapter-missing') state.blocked = info;
  else state.problem = info;
  state.session = 'failed';
  state.run.progress = null;
  state.importProgress = null;
  state.announcement = `${info.what} ${info.action}`;
}
