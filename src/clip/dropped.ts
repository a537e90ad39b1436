/**
 * Sorts the files that a person chose into a CLIP's parts, by what is in them. Nothing large is read before it is known
 * that it can be used: the first bytes tell what a file is, graphs tell which data files (weights outside of the .onnx
 * file) belong to them.
 */
import { readOnnx, type OnnxModel } from '../formats/onnx';
import {
  baseName,
  externalFiles,
  inlineExternal,
  MAX_MODEL_BYTES,
  missingData,
  tooLarge,
} from '../formats/onnxExternal';
import { StudioError } from '../shared/errors';
import type { ClipParts } from './assemble';
import { jsonRole, notClip, towerRole, type TowerRole } from './recognize';
import { fileKind, HEAD_BYTES, type FileKind } from './sniffFile';

export interface DroppedFile {
  /** With its folders where it came in one: data files belong to the model beside them. */
  name: string;
  file: Blob;
}

interface Sorted extends DroppedFile {
  what: FileKind;
}

/** Larger than any tokenizer. */
const LARGEST_JSON = 64e6;

const isNamedOnnx = ({ name }: DroppedFile): boolean => /\.onnx$/i.test(name);

/** Bytes that have been read, of all that will be. */
class Reader {
  private done = 0;

  constructor(
    private total: number,
    private readonly onProgress: (doneBytes: number, totalBytes: number) => void,
  ) {}

  async read({ name, file }: DroppedFile): Promise<Uint8Array> {
    let bytes: Uint8Array;
    try {
      bytes = new Uint8Array(await file.arrayBuffer());
    } catch (cause) {
      throw new StudioError(
        {
          code: 'clip-damaged',
          what: `${name} could not be read.`,
          why: 'It was moved or changed since it was chosen, or memory ran out.',
          action: 'Choose the files again.',
        },
        { cause },
      );
    }
    this.done += file.size;
    this.total = Math.max(this.total, this.done);
    this.onProgress(this.done, this.total);
    return bytes;
  }
}

/** Reads all files. Throws 'clip-missing' without an image tower or a data file, 'clip-damaged', 'clip-unsupported'. */
export async function droppedParts(
  files: readonly DroppedFile[],
  onProgress: (doneBytes: number, totalBytes: number) => void,
): Promise<ClipParts> {
  const sorted = await Promise.all(files.map(sort));
  const graphs = sorted.filter(
    (each) => each.what.kind === 'onnx' || (each.what.kind === 'binary' && isNamedOnnx(each)),
  );
  for (const { file } of graphs) if (file.size > MAX_MODEL_BYTES) throw tooLarge(file.size);
  const reader = new Reader(
    files.reduce((sum, { file }) => sum + file.size, 0),
    onProgress,
  );
  const parts: Partial<ClipParts> = {};
  for (const each of sorted)
    if (each.what.kind === 'json' && each.file.size <= LARGEST_JSON) takeJson(each, await reader.read(each), parts);
  const sources: Partial<Record<'vision' | 'text', string>> = {};
  for (const each of graphs) {
    const { role, bytes } = await readGraph(each, sorted, reader);
    for (const tower of role === 'joint' ? (['vision', 'text'] as const) : [role]) {
      const earlier = sources[tower];
      if (earlier !== undefined) throw twice(tower, earlier, each.name);
      sources[tower] = each.name;
      parts[tower] = bytes;
    }
  }
  const { vision, text = null, tokenizer = null, ...rest } = parts;
  if (!vision) throw noVision(text !== null, sorted);
  return { vision, text, tokenizer, ...rest };
}

/** What a file is. Throws where one is called .onnx and is something else. */
async function sort({ name, file }: DroppedFile): Promise<Sorted> {
  const what = fileKind(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
  if (what.kind === 'other' && isNamedOnnx({ name, file })) throw notOnnx(name, what.words);
  return { name, file, what };
}

async function readGraph(
  each: DroppedFile,
  all: readonly DroppedFile[],
  reader: Reader,
): Promise<{ role: TowerRole; bytes: Uint8Array }> {
  let bytes = await reader.read(each);
  let graph: OnnxModel;
  let role: TowerRole | null;
  try {
    const needed = externalFiles(bytes);
    if (needed.size > 0) bytes = inlineExternal(bytes, await readData(each, bytes.length, needed, all, reader));
    graph = readOnnx(bytes);
    role = towerRole(graph);
  } catch (thrown) {
    if (!(thrown instanceof StudioError) || thrown.info.code !== 'format') throw thrown;
    throw new StudioError(
      { ...thrown.info, code: 'clip-damaged', what: `${each.name} is not a whole ONNX model.` },
      { cause: thrown },
    );
  }
  if (role === null) throw notClip(`${each.name} takes neither a picture nor a text.`);
  return { role, bytes };
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** A data file of this name: in the model's own folder, or the only one that there is. */
function beside(model: string, name: string, all: readonly DroppedFile[]): DroppedFile | undefined {
  const called = all.filter((each) => baseName(each.name) === name);
  return (
    called.find((each) => folderOf(each.name) === folderOf(model)) ?? (called.length === 1 ? called[0] : undefined)
  );
}

/** The data files of a model. Their sizes are judged before they are read. */
async function readData(
  { name: model }: DroppedFile,
  graphBytes: number,
  needed: ReadonlyMap<string, number>,
  all: readonly DroppedFile[],
  reader: Reader,
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, DroppedFile>();
  for (const name of needed.keys()) {
    const file = beside(model, name, all);
    if (!file) throw missingData(name);
    found.set(name, file);
  }
  const total = [...needed.values()].reduce((sum, bytes) => sum + bytes, graphBytes);
  if (total > MAX_MODEL_BYTES) throw tooLarge(total);
  const contents = new Map<string, Uint8Array>();
  for (const [name, file] of found) contents.set(name, await reader.read(file));
  return contents;
}

function takeJson(each: DroppedFile, bytes: Uint8Array, parts: Partial<ClipParts>): void {
  let json: unknown;
  const text = new TextDecoder().decode(bytes);
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new StudioError(
      {
        code: 'clip-damaged',
        what: `${each.name} is not a whole JSON file.`,
        why: cause instanceof Error ? cause.message : '',
        action: 'Download it again, or leave it out.',
      },
      { cause },
    );
  }
  const role = jsonRole(json);
  const record = json as Record<string, unknown>;
  if (role === 'tokenizer') parts.tokenizer = text;
  else if (role === 'preprocessor') parts.preprocessor = record;
  else if (role === 'config') parts.config = record;
  else if (isNamedOnnx(each)) throw notOnnx(each.name, 'a JSON text, perhaps a server’s error message');
}

function notOnnx(name: string, words: string): StudioError {
  return new StudioError({
    code: 'clip-damaged',
    what: `${name} is not an ONNX model.`,
    why: words === 'empty' ? 'It is empty.' : `It is ${words}.`,
    action: 'Download the model again from where it is published, or choose another file.',
  });
}

function twice(tower: 'vision' | 'text', one: string, other: string): StudioError {
  const words = tower === 'vision' ? 'an image tower' : 'a text tower';
  return new StudioError({
    code: 'clip-unsupported',
    what: `Both ${one} and ${other} hold ${words}.`,
    why: 'They are versions of a CLIP, and a run uses one.',
    action: 'Choose the files of one version only.',
  });
}

function noVision(hasText: boolean, files: readonly Sorted[]): StudioError {
  const strange = files.find(({ what }) => what.kind === 'other' || what.kind === 'binary');
  const words = strange?.what.kind === 'other' ? strange.what.words : 'in no format that is known here';
  const why = hasText
    ? 'There is only a text tower.'
    : strange
      ? `${strange.name} is ${words}.`
      : 'None of them is an ONNX model that takes a picture.';
  return new StudioError({
    code: strange?.what.kind === 'binary' && !hasText ? 'clip-damaged' : 'clip-missing',
    what: 'There is no image tower among these files.',
    why,
    action: 'Add the image tower (often called vision_model.onnx) or a file that holds both towers.',
  });
}
