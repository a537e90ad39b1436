/** The embedded CLIP and its reference embeddings (from PyTorch, see models/clip-nano/train.py), for tests. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { loadClip } from '../load';
import type { ClipModel } from '../model';
import { folderIo } from '../nodeIo';

export const modelsFolder = fileURLToPath(new URL('../../../models/', import.meta.url));

const shared: { model: Promise<ClipModel> | null } = { model: null };

export function loadClipNano(): Promise<ClipModel> {
  shared.model ??= loadClip({ kind: 'manifest', id: 'clip-nano' }, folderIo(modelsFolder), () => {});
  return shared.model;
}

export interface Golden {
  images: { first8: number[]; norm: number }[];
  texts: { text: string; ids: number[]; first8: number[]; norm: number }[];
  cosine: number[][];
}

export async function readGolden(): Promise<Golden> {
  return JSON.parse(await readFile(`${modelsFolder}clip-nano/golden.json`, 'utf8')) as Golden;
}

/** The golden file's pictures: already normalised pixels [4, 3, 64, 64]. */
export function goldenPixels(): Float32Array {
  const pixels = new Float32Array(4 * 3 * 64 * 64);
  let i = 0;
  for (let n = 0; n < 4; n++)
    for (let c = 0; c < 3; c++)
      for (let y = 0; y < 64; y++) for (let x = 0; x < 64; x++) pixels[i++] = Math.sin(0.11 * (n + 1) * x + 0.07 * (c + 1) * y + 0.5 * n * c);
  return pixels;
}
