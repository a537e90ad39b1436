import { describe } from 'vitest';
import { MemoryBlobStore } from './blobStore';
import { blobStoreSuite } from './testing/blobStoreSuite';

describe('MemoryBlobStore', () => blobStoreSuite(() => Promise.resolve(new MemoryBlobStore())));
