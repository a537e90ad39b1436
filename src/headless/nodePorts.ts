/** The session's world under Node: Dawn, sharp, a folder for models, and one for caches. */
import { fileURLToPath } from 'node:url';
import { partsCache } from '../clip/clipCache';
import { folderIo } from '../clip/nodeIo';
import type { BlobStore } from '../data/blobStore';
import type { SessionPorts } from '../session/sessionPorts';
import type { Event } from '../session/protocol/events';
import { openNodeModel } from '../metrics/nodeRuntime';
import { evaluationIo } from './evaluationIo';
import { FileBlobStore } from './fileBlobStore';
import { NodeDecoder } from './nodeDecoder';
import { installNodeGpu } from './nodeGpu';

const modelsFolder = fileURLToPath(new URL('../../models/', import.meta.url));
/** CLIP features by content and downloaded CLIPs, so that a second run begins at once. */
const cacheFolder = fileURLToPath(new URL('../../.cache/store', import.meta.url));

export function nodePorts(
  emit: (event: Event) => void,
  store: BlobStore = new FileBlobStore(cacheFolder),
): SessionPorts {
  return {
    gpu: installNodeGpu(),
    openDecoder: () => new NodeDecoder(),
    clipIo: folderIo(modelsFolder, partsCache(store)),
    evaluation: { io: evaluationIo(), open: openNodeModel },
    store,
    emit,
  };
}
