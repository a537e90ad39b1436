/** The embedded CLIP and its reference embeddings (from PyTorch, see models/clip-nano/train.py), for tests. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { loadClip } from '../load';
import type { ClipModel } from '../model';
import { folderIo } from '../nodeIo';
import type { Golden } from './golden';

export const modelsFolder = fileURLToPath(new URL('../../../models/', import.meta.url));

const shared: { model: Promise<ClipModel> | null } = { model: null };

export function loadClipNano(): Promise<ClipModel> {
  shared.model ??= loadClip({ kind: 'manifest', id: 'clip-nano' }, folderIo(modelsFolder), () => {});
  return shared.model;
}

export async function readGolden(): Promise<Golden> {
  return JSON.parse(await readFile(`${modelsFolder}clip-nano/golden.json`, 'utf8')) as Golden;
}
