/**
 * Tells what a file is by what is in it, never by its name: an ONNX graph by its inputs and outputs, a JSON file by its
 * keys. A graph that takes a picture (float, rank 4) is an image tower, one that takes token ids (integer, rank 2) a
 * text tower, one that takes both is a joint file.
 */
import type { OnnxModel, OnnxValue } from '../formats/onnx';
import { inputsOf } from '../formats/onnxPrune';
import { StudioError } from '../shared/errors';

export type TowerRole = 'vision' | 'text' | 'joint';

const isPicture = (value: OnnxValue): boolean =>
  value.kind === 'float' && (value.dims === null ? /pixel|image/i.test(value.name) : value.dims.length === 4);
const isTokens = (value: OnnxValue): boolean =>
  value.kind === 'int' && (value.dims === null || value.dims.length === 2);

/** What the graph is, or null where it is neither tower of a CLIP. */
export function towerRole(model: OnnxModel): TowerRole | null {
  const picture = model.inputs.some(isPicture);
  const tokens = model.inputs.some(isTokens);
  return picture && tokens ? 'joint' : picture ? 'vision' : tokens ? 'text' : null;
}

/** The image tower's input. Throws 'clip-unsupported' where it is no RGB picture with its channels first. */
export function pictureInput(model: OnnxModel): OnnxValue {
  const input = model.inputs.find(isPicture);
  if (!input) throw notClip('It takes no picture.');
  const [, channels, , last] = input.dims ?? [];
  if (last === 3 && channels !== 3)
    throw notClip('Its pictures have their channels last ([n, height, width, 3]); a CLIP takes [n, 3, height, width].');
  if (typeof channels === 'number' && channels !== 3)
    throw notClip(`Its pictures have ${channels} channels in place of 3.`);
  return input;
}

/** Rows that the graph insists on, as exports for one picture at a time do; null where any number will do. */
export function fixedRows({ dims }: Pick<OnnxValue, 'dims'>): number | null {
  const rows = dims?.[0];
  return typeof rows === 'number' && rows > 0 ? rows : null;
}

export interface TokenInputs {
  ids: OnnxValue;
  /** 1 for tokens, 0 for padding; null where the graph does without. */
  mask: string | null;
  /** Every other integer input (positions, types): fed with 0, 1, 2, ... and 0 respectively. */
  others: string[];
}

/** The text tower's inputs by their meaning. */
export function tokenInputs(model: OnnxModel): TokenInputs {
  const integers = model.inputs.filter(isTokens);
  const mask = integers.find((input) => /mask/i.test(input.name)) ?? null;
  const rest = integers.filter((input) => input !== mask);
  const ids = rest.find((input) => !/position|type/i.test(input.name)) ?? rest[0];
  if (!ids) throw notClip('It takes no text.');
  return { ids, mask: mask?.name ?? null, others: rest.filter((input) => input !== ids).map((input) => input.name) };
}

const embeddingNames: Record<'vision' | 'text', RegExp[]> = {
  vision: [/image_?(embed|feature)/i, /pooler_output/i],
  text: [/text_?(embed|feature)/i, /sentence_?embed/i, /pooler_output/i],
};

/** What classifiers call their output. */
const classScores = /^(logits|scores?|prob(s|abilit(y|ies))?|class(es)?|label|softmax|dense_1|fc\d*)(\b|_|$)/i;

/**
 * The output that holds one vector a picture (or a text): by its usual names, else the one of rank 2 that needs only
 * this tower's inputs.
 */
export function embeddingOutput(model: OnnxModel, tower: 'vision' | 'text'): OnnxValue {
  const [wanted, other] = tower === 'vision' ? [isPicture, isTokens] : [isTokens, isPicture];
  const kindOf = new Map(model.inputs.map((input) => [input.name, input]));
  const candidates = model.outputs.filter((output) => {
    const inputs = inputsOf(model, output.name).map((name) => kindOf.get(name));
    return inputs.some((input) => input && wanted(input)) && !inputs.some((input) => input && other(input));
  });
  for (const pattern of embeddingNames[tower]) {
    const named = candidates.find((output) => pattern.test(output.name));
    if (named) return named;
  }
  const flat =
    candidates.find((output) => output.dims?.length === 2) ?? candidates.find((output) => output.dims === null);
  if (flat && classScores.test(flat.name))
    throw notClip(
      `Its output is called ${flat.name}: it sorts into classes of its own, and has no embedding that a text could be compared with.`,
    );
  if (!flat) throw notClip(`It has no output with one vector a ${tower === 'vision' ? 'picture' : 'text'}.`);
  return flat;
}

export type JsonRole = 'tokenizer' | 'preprocessor' | 'config';

/** What a parsed JSON file of a model folder is, or null where it is of no use here. */
export function jsonRole(value: unknown): JsonRole | null {
  if (typeof value !== 'object' || value === null) return null;
  if ('model' in value && typeof value.model === 'object' && value.model !== null && 'vocab' in value.model)
    return 'tokenizer';
  if ('image_mean' in value || 'crop_size' in value) return 'preprocessor';
  if ('vision_config' in value || 'model_type' in value) return 'config';
  return null;
}

export function notClip(why: string): StudioError {
  return new StudioError({
    code: 'clip-unsupported',
    what: 'This ONNX model is not a CLIP.',
    why,
    action:
      'Choose the image tower of a CLIP (and its text tower and tokenizer.json), exported to ONNX with embeddings as outputs.',
  });
}
