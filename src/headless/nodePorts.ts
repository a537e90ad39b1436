/** The session's world under Node: Dawn, sharp, a folder for models, and memory for caches. */
import { fileURLToPath } from 'node:url';
import { folderIo } from '../clip/nodeIo';
import { MemoryBlobStore, type BlobStore } from '../data/blobStore';
import type { SessionPorts } from '../session/ports';
import type { Event } from '../session/protocol';
import { NodeDecoder } from './nodeDecoder';
import { installNodeGpu } from './nodeGpu';

const modelsFolder = fileURLToPath(new URL('../../models/', import.meta.url));

export function nodePorts(emit: (event: Event) => void, store: BlobStore = new MemoryBlobStore()): SessionPorts {
  return { gpu: installNodeGpu(), openDecoder: () => new NodeDecoder(), clipIo: folderIo(modelsFolder), store, emit };
}
