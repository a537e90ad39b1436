/** The smallest CLIP of the tests, both towers in one file, loaded as a person's own files are. */
import { readFile } from 'node:fs/promises';
import { loadClip } from '../load';
import type { ClipModel } from '../model';
import { folderIo } from '../nodeIo';
import { modelsFolder } from './clipNano';

export async function loadTinyClip(): Promise<ClipModel> {
  const towers = new URL('./towers/', import.meta.url);
  const file = async (name: string, path = name): Promise<{ name: string; file: Blob }> => ({
    name,
    file: new Blob([new Uint8Array(await readFile(new URL(path, towers)))]),
  });
  const settings = {
    name: 'config.json',
    file: new Blob([JSON.stringify({ model_type: 'clip', text_config: { max_position_embeddings: 24 } })]),
  };
  return loadClip(
    { kind: 'files', files: [await file('model.onnx', 'tiny/model.onnx'), await file('tokenizer.json'), settings] },
    folderIo(modelsFolder),
    () => {},
  );
}
