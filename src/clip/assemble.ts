/** Puts a `ClipModel` together from its parts, and tells each tower from the other where one file holds both. */
import { readOnnx, type OnnxModel } from '../formats/onnx';
import { pruneOnnx } from '../formats/onnxPrune';
import { StudioError } from '../shared/errors';
import { contextLengthOf, embeddingWidthOf, imageSizeOf, logitScaleOf, normalizationOf } from './facts';
import { imageTowerFile, type ClipEntry } from './manifest';
import type { ClipModel } from './model';
import { embeddingOutput, notClip, towerRole } from './recognize';
import { ClipTokenizer } from './tokenizer';

/** The bytes of a model. A file that holds both towers is given as both. */
export interface ClipParts {
  vision: Uint8Array;
  text: Uint8Array | null;
  /** Contents of tokenizer.json. */
  tokenizer: string | null;
  preprocessor?: Readonly<Record<string, unknown>>;
  config?: Readonly<Record<string, unknown>>;
}

interface Towers {
  vision: { bytes: Uint8Array; graph: OnnxModel };
  text: { bytes: Uint8Array; graph: OnnxModel } | null;
  logitScale: number | null;
}

function parse(bytes: Uint8Array): OnnxModel {
  try {
    return readOnnx(bytes);
  } catch (thrown) {
    if (!(thrown instanceof StudioError) || thrown.info.code !== 'format') throw thrown;
    throw new StudioError(
      { ...thrown.info, code: 'clip-damaged', what: 'A file of the CLIP model cannot be read.' },
      { cause: thrown },
    );
  }
}

/** One graph of a file, cut out if the file holds both. */
function towersOf({ vision, text }: ClipParts): Towers {
  const first = parse(vision);
  if (towerRole(first) !== 'joint') {
    if (towerRole(first) !== 'vision') throw notClip('It takes no picture.');
    const graph = text ? parse(text) : null;
    if (graph && towerRole(graph) !== 'text') throw notClip('Its text tower takes no text.');
    return {
      vision: { bytes: vision, graph: first },
      text: text && graph ? { bytes: text, graph } : null,
      logitScale: null,
    };
  }
  const cut = (tower: 'vision' | 'text'): { bytes: Uint8Array; graph: OnnxModel } => {
    const bytes = pruneOnnx(vision, [embeddingOutput(first, tower).name]);
    return { bytes, graph: readOnnx(bytes) };
  };
  return { vision: cut('vision'), text: cut('text'), logitScale: logitScaleOf(first) };
}

/** A model of the manifest, from files whose checksums were right. */
export function assembleListed(entry: ClipEntry, parts: ClipParts): ClipModel {
  const towers = towersOf(parts);
  const hash = imageTowerFile(entry)?.sha256;
  return {
    id: entry.id,
    name: entry.name,
    standIn: entry.standIn,
    trainedOn: entry.trainedOn,
    nearlySame: entry.nearlySame,
    critic: entry.critic,
    dim: embeddingWidthOf(towers.vision.graph, 'vision', {}),
    logitScale: entry.logitScale ?? towers.logitScale ?? 100,
    imageSize: entry.preprocessing.imageSize,
    mean: entry.preprocessing.mean,
    std: entry.preprocessing.std,
    contextLength: entry.contextLength,
    padToContext: false,
    vision: towers.vision.bytes,
    ...textOf(towers, parts.tokenizer, entry.contextLength),
    hash: hash ?? '',
  };
}

/** A model from files that a person chose. @param listed the manifest's entry with the same image tower, if any */
export function assembleDropped(parts: ClipParts, hash: string, listed: ClipEntry | null): ClipModel {
  const { config = {}, preprocessor = {} } = parts;
  const towers = towersOf(parts);
  const dim = embeddingWidthOf(towers.vision.graph, 'vision', config);
  const textDim = towers.text ? embeddingWidthOf(towers.text.graph, 'text', config) : dim;
  if (textDim !== dim)
    throw notClip(`Its image tower gives ${dim} numbers and its text tower ${textDim}: they do not belong together.`);
  const contextLength = listed?.contextLength ?? contextLengthOf(towers.text?.graph ?? null, config);
  return {
    id: `file:${hash.slice(0, 12)}`,
    name: listed?.name ?? 'Your own CLIP',
    trainedOn: listed?.trainedOn,
    dim,
    logitScale: listed?.logitScale ?? towers.logitScale ?? 100,
    imageSize: listed?.preprocessing.imageSize ?? imageSizeOf(towers.vision.graph, preprocessor, config),
    ...(listed ? { mean: listed.preprocessing.mean, std: listed.preprocessing.std } : normalizationOf(preprocessor)),
    contextLength,
    padToContext: typeof config['model_type'] === 'string' && config['model_type'].startsWith('siglip'),
    vision: towers.vision.bytes,
    ...textOf(towers, parts.tokenizer, contextLength),
    hash,
  };
}

/** The text tower is of use only with its tokenizer. */
function textOf(
  towers: Towers,
  tokenizer: string | null,
  contextLength: number,
): Pick<ClipModel, 'text' | 'tokenizer'> {
  return towers.text && tokenizer
    ? { text: towers.text.bytes, tokenizer: new ClipTokenizer(tokenizer, contextLength) }
    : { text: null, tokenizer: null };
}
