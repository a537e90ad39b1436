/**
 * Notes what happens in a run, for its curves and its timeline: from the events that the session tells anyway, and the
 * user's own pauses and exports.
 */
import type { Event } from '../session/protocol/events';
import { ClusterMoment, type MarkerKind } from './runMarkers';
import type { StudioState } from './studioState';

const keptMarkers = 500;
const keptMoments = 100;

/** Adds a mark at the newest iteration; nothing before training. */
export function addMarker({ run }: Pick<StudioState, 'run'>, kind: MarkerKind, text: string): void {
  const iteration = run.latest?.iteration ?? 0;
  if (iteration === 0) return;
  const last = run.markers.at(-1);
  if (last && last.iteration === iteration && last.kind === kind && last.text === text) return;
  run.markers.push({ iteration, kind, text });
  if (run.markers.length > keptMarkers) run.markers.shift();
}

/** Notes what an event says about the course of the run. To be called before the event changes the state. */
export function markEvent(state: StudioState, event: Event): void {
  const { run } = state;
  switch (event.type) {
    case 'notice':
      return addMarker(state, event.tone === 'warning' ? 'warning' : 'note', event.text);
    case 'state':
      if (event.state === 'paused' && state.session !== 'paused') addMarker(state, 'pause', 'Paused.');
      return;
    case 'evaluation':
      return addMarker(state, 'measured', 'The samples were measured.');
    case 'clusters': {
      // A run that goes on shows its clusters before its curves.
      const iteration = run.latest?.iteration ?? run.resumedAt;
      if (iteration > 0) addMarker(state, 'clusters', 'Labels, clusters and prompts were gone through anew.');
      // Cards change several times while prompts are learnt: only the last of one iteration is of use later.
      run.clusterMoments = run.clusterMoments.filter((moment) => moment.iteration < iteration);
      run.clusterMoments.push(new ClusterMoment(iteration, event.cards));
      // The first is what the run began with.
      if (run.clusterMoments.length > keptMoments) run.clusterMoments.splice(1, 1);
      return;
    }
    default:
      return;
  }
}
