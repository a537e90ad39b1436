/**
 * How one event of the session changes the state: a pure function on an immer draft. Events whose bulk lives outside of
 * the state (curves, grids) are stored by `studio.ts` before they come here.
 */
import type { Event, EventOf, SessionState } from '../session/protocol/events';
import { phaseIds } from '../session/protocol/events';
import { presets } from '../shared/config';
import { markEvent } from './markEvent';
import { beginLabels, takeChanges } from './reduceLabels';
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
      if (!state.configTouched) state.preset = event.adapter.isFallback ? 'tiny' : 'standard';
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
