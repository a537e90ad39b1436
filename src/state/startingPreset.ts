/** Which preset the page begins with. */
import { allBaseFacts } from '../lcp/bases/facts';
import type { AdapterInfo } from '../session/protocol/events';
import type { Base, PresetId } from '../shared/config';

/** The preset of a base model that suits the machine. @param adapter null where it is not known yet */
export function startingPreset(base: Base, adapter: Pick<AdapterInfo, 'isFallback'> | null): PresetId {
  const { starts } = allBaseFacts[base];
  return adapter?.isFallback ? starts.software : starts.gpu;
}
