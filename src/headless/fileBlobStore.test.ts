import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { blobStoreSuite } from '../data/testing/blobStoreSuite';
import { FileBlobStore } from './fileBlobStore';

const folder = mkdtempSync(join(tmpdir(), 'blob-store-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('FileBlobStore', () => blobStoreSuite(() => Promise.resolve(new FileBlobStore(folder))));
