/** Whether a run has ended before there was anything to show: panels then promise nothing any more. */
import { useStudioState } from '../../state/studioContext';
import { hasNetworks } from '../../state/studioState';

export function useEndedEarly(): boolean {
  return useStudioState((state) => (state.session === 'stopped' || state.session === 'failed') && !hasNetworks(state));
}
