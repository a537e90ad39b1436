/**
 * A run's knowledge gone through anew while the networks train, with the labels that a person changed meanwhile. Labels
 * that nothing can be learnt from (a class that lost its last one) change nothing: the run goes on with those it has,
 * and says so.
 */
import { StudioError } from '../../shared/errors';
import { refreshKnowledge, type Knowledge, type KnowledgeInput, type Refreshed } from '../knowledge/knowledge';
import type { RunLabels } from './runLabels';

/**
 * Brings `knowledge` up to date in place: whoever works on this run looks at the same.
 * @returns what changed; null where nothing did
 */
export async function refreshWithLabels(
  input: KnowledgeInput,
  knowledge: Knowledge,
  labels: RunLabels,
): Promise<Refreshed | null> {
  const candidate = labels.candidate();
  const { emit } = input.ports;
  if (!candidate) {
    const refreshed = await refreshKnowledge(input, knowledge);
    if (refreshed) Object.assign(knowledge, refreshed.knowledge);
    return refreshed;
  }
  const refused = (text: string, action: string): null => {
    labels.refuse(candidate.codes);
    emit({ type: 'notice', tone: 'warning', code: 'labels-not-taken', text, action });
    return null;
  };
  const changed = labels.pending;
  let refreshed: Refreshed | null;
  try {
    refreshed = await refreshKnowledge({ ...input, dataset: candidate.dataset }, knowledge, { relabel: true });
  } catch (error) {
    if (!(error instanceof StudioError) || error.info.code !== 'no-labels') throw error;
    return refused(`Your changed labels could not be used: ${error.info.what}`, error.info.action);
  }
  if (!refreshed)
    return refused(
      'Your changed labels could not be used: a class has fewer pictures left than clusters.',
      'Label more pictures of each class, or start a new run with these labels.',
    );
  labels.accept(candidate.codes);
  Object.assign(knowledge, refreshed.knowledge);
  const text = `Training goes on with your labels: ${changed === 1 ? 'one picture has' : `${changed} pictures have`} changed.`;
  emit({ type: 'notice', tone: 'info', code: 'labels-taken', text, action: '' });
  emit({ type: 'labelsPending', pictures: labels.pending });
  return refreshed;
}
