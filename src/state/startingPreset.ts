/** Which preset the page begins with. */
import { allBaseFacts } from '../lcp/bases/facts';
import type { AdapterInfo } from '../session/protocol/events';
import type { Base, PresetId } from '../shared/config';
import { proposedPreset, type Measured } from './speed';

/**
 * The preset of a base model that suits the machine: the usual one, unless that would show nothing for long.
 * @param adapter null where it is not known yet
 * @param measured what is known of the machine's pace
 */
export function startingPreset(
  base: Base,
  adapter: Pick<AdapterInfo, 'isFallback'> | null,
  measured: Measured = {},
): PresetId {
  const { starts } = allBaseFacts[base];
  if (adapter?.isFallback) return starts.software;
  return proposedPreset(measured, [starts.software, starts.gpu]) ?? starts.gpu;
}
