/** The embedded CLIPs and their reference embeddings (from PyTorch, by the train.py in each one's folder), for tests. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { loadClip } from '../load';
import type { ClipModel } from '../model';
import { folderIo } from '../nodeIo';
import type { Golden } from './golden';

export const modelsFolder = fileURLToPath(new URL('../../../models/', import.meta.url));

const shared = new Map<string, Promise<ClipModel>>();

function loadOnce(id: string): Promise<ClipModel> {
  let model = shared.get(id);
  if (!model) {
    model = loadClip({ kind: 'manifest', id }, folderIo(modelsFolder), () => {});
    shared.set(id, model);
  }
  return model;
}

export const loadClipNano = (): Promise<ClipModel> => loadOnce('clip-nano');

export const loadClipLit = (): Promise<ClipModel> => loadOnce('clip-lit');

export async function readGolden(id: 'clip-nano' | 'clip-lit' = 'clip-nano'): Promise<Golden> {
  return JSON.parse(await readFile(`${modelsFolder}${id}/golden.json`, 'utf8')) as Golden;
}
