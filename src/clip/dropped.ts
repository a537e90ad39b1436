/** Sorts the files that a person chose into a CLIP's parts, by what is in them. */
import { readOnnx, type OnnxModel } from '../formats/onnx';
import { StudioError } from '../shared/errors';
import { jsonRole, notClip, towerRole } from './recognize';
import type { ClipParts } from './assemble';

export interface DroppedFile {
  name: string;
  file: Blob;
}

/** Protocol buffers end at 2 GB; such models keep their weights elsewhere anyway. */
const LARGEST = 2 ** 31 - 1;
const LARGEST_JSON = 64e6;

/** Reads all files. Throws 'clip-missing' without an image tower, 'clip-damaged', 'clip-unsupported'. */
export async function droppedParts(files: readonly DroppedFile[], onProgress: (doneBytes: number, totalBytes: number) => void): Promise<ClipParts> {
  const total = files.reduce((sum, { file }) => sum + file.size, 0);
  const parts: Partial<ClipParts> = {};
  let done = 0;
  for (const { file } of files) {
    if (file.size > LARGEST) {
      throw new StudioError({ code: 'clip-unsupported', what: 'The model file is larger than 2 GB.', why: 'A browser tab cannot hold it.', action: 'Use an f16 version or a smaller CLIP.' });
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    const json = file.size <= LARGEST_JSON ? parseJson(bytes) : undefined;
    if (json !== undefined) takeJson(json, parts);
    else if (!isPlainText(bytes)) takeGraph(bytes, parts);
    done += file.size;
    onProgress(done, total);
  }
  const { vision, text = null, tokenizer = null, ...rest } = parts;
  if (!vision) {
    throw new StudioError({
      code: 'clip-missing',
      what: 'There is no image tower among these files.',
      why: text ? 'There is only a text tower.' : 'None of them is an ONNX model that takes a picture.',
      action: 'Add the image tower (often called vision_model.onnx) or a file that holds both towers.',
    });
  }
  return { vision, text, tokenizer, ...rest };
}

/** Readme, word list, script: what lies beside a model and is of no use here. An ONNX model begins with a control character. */
const isPlainText = (bytes: Uint8Array): boolean => bytes.length > 0 && bytes.subarray(0, 512).every((byte) => byte >= 32 || (byte >= 9 && byte <= 13));

/** The JSON value, or undefined where the bytes do not even begin like an object. */
function parseJson(bytes: Uint8Array): unknown {
  const start = new TextDecoder().decode(bytes.subarray(0, 16)).trimStart();
  if (!start.startsWith('{')) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new StudioError(
      { code: 'clip-damaged', what: 'A JSON file of the CLIP model cannot be read.', why: cause instanceof Error ? cause.message : '', action: 'Download it again, or leave it out.' },
      { cause },
    );
  }
}

function takeJson(json: unknown, parts: Partial<ClipParts>): void {
  const role = jsonRole(json);
  const record = json as Record<string, unknown>;
  if (role === 'tokenizer') parts.tokenizer = JSON.stringify(json);
  else if (role === 'preprocessor') parts.preprocessor = record;
  else if (role === 'config') parts.config = record;
}

function takeGraph(bytes: Uint8Array, parts: Partial<ClipParts>): void {
  let graph: OnnxModel;
  try {
    graph = readOnnx(bytes);
  } catch (thrown) {
    if (!(thrown instanceof StudioError) || thrown.info.code !== 'format') throw thrown;
    throw new StudioError({ ...thrown.info, code: 'clip-damaged' }, { cause: thrown });
  }
  const role = towerRole(graph);
  if (role === null) throw notClip('It takes neither a picture nor a text.');
  if (role !== 'text') parts.vision = bytes;
  if (role !== 'vision') parts.text = bytes;
}
