/**
 * CLIP as it is: forward only, through onnxruntime. It computes the features of the data set and of class names, and is
 * the reference that the differentiable twin is checked against. Embeddings are returned as the model gives them (most
 * do not normalise).
 */
import { readOnnx, type OnnxModel } from '../formats/onnx';
import type { ClipModel } from './model';
import { openOrtSession, type OrtInput, type OrtSession } from './ortSession';
import { embeddingOutput, fixedRows, pictureInput, tokenInputs, type TokenInputs } from './recognize';
import { StudioError } from '../shared/errors';
import type { ImageEncoder } from './imageEncoder';

/** Pictures or texts a call of the runtime: enough to keep it busy, few enough to keep its memory small. */
const BATCH = 16;

export interface FrozenClip extends ImageEncoder {
  /** Whether `encodeTexts` can be called. */
  readonly hasText: boolean;
  /** @returns [n, d]; throws 'clip-missing' without a text tower */
  encodeTexts(texts: readonly string[]): Promise<Float32Array>;
  /** From now on texts are padded to the whole context: for a tower that is found to look past a text's end. */
  padTexts(): void;
  close(): Promise<void>;
}

interface TextTower {
  session: OrtSession;
  output: string;
  inputs: TokenInputs;
  /** Length that the graph insists on, or null. */
  fixedLength: number | null;
  /** Texts a call that it insists on, or null. */
  rows: number | null;
}

/** Opens both towers; the caller closes them. Throws 'clip-unsupported' or 'format'. */
export async function openFrozenClip(model: ClipModel): Promise<FrozenClip> {
  const visionGraph = readOnnx(model.vision);
  const input = pictureInput(visionGraph);
  const picture = input.name;
  const pictureRows = fixedRows(input);
  const pictureOutput = embeddingOutput(visionGraph, 'vision').name;
  const vision = await openOrtSession(model.vision);
  const text = model.text && model.tokenizer ? await openText(readOnnx(model.text), model.text) : null;
  const { imageSize: s, tokenizer } = model;
  let padded = model.padToContext;
  return {
    hasText: text !== null,
    rows: pictureRows ?? BATCH,
    async encodeImages(pixels) {
      const one = 3 * s * s;
      const count = pixels.length / one;
      if (!Number.isInteger(count)) throw new RangeError(`${pixels.length} numbers are not pictures of ${s} x ${s}.`);
      return inBatches(count, model.dim, pictureRows, (start, end) => {
        const rows = pictureRows ?? end - start;
        const data = filled(pixels.subarray(start * one, end * one), rows * one);
        return vision.run({ [picture]: { kind: 'float', data, dims: [rows, 3, s, s] } }, pictureOutput);
      });
    },
    async encodeTexts(texts) {
      if (!text || !tokenizer) throw noText();
      const length = text.fixedLength ?? (padded ? model.contextLength : 0);
      return inBatches(texts.length, model.dim, text.rows, (start, end) => {
        const asked = texts.slice(start, end);
        while (text.rows !== null && asked.length < text.rows) asked.push(asked[0] ?? '');
        const batch = tokenizer.encodeBatch(asked, length);
        return text.session.run(
          textFeeds(text.inputs, batch.ids, asked.length, batch.length, tokenizer.endId),
          text.output,
        );
      });
    },
    padTexts() {
      padded = true;
    },
    async close() {
      await vision.close();
      await text?.session.close();
    },
  };
}

async function openText(graph: OnnxModel, bytes: Uint8Array): Promise<TextTower> {
  const inputs = tokenInputs(graph);
  const length = inputs.ids.dims?.[1];
  return {
    inputs,
    output: embeddingOutput(graph, 'text').name,
    fixedLength: typeof length === 'number' ? length : null,
    rows: fixedRows(inputs.ids),
    session: await openOrtSession(bytes),
  };
}

/** Inputs of a text tower: ids, the mask that ends after the first end token, positions. */
function textFeeds(
  inputs: TokenInputs,
  ids: Int32Array,
  rows: number,
  length: number,
  endId: number,
): Record<string, OrtInput> {
  const dims = [rows, length];
  const feeds: Record<string, OrtInput> = { [inputs.ids.name]: { kind: 'int', data: ids, dims } };
  if (inputs.mask !== null) feeds[inputs.mask] = { kind: 'int', data: tokenMask(ids, length, endId), dims };
  for (const name of inputs.others)
    feeds[name] = { kind: 'int', data: ids.map((_, i) => (/position/i.test(name) ? i % length : 0)), dims };
  return feeds;
}

/** 1 up to and with each row's first end token, 0 after it. */
export function tokenMask(ids: Int32Array, length: number, endId: number): Int32Array {
  const mask = new Int32Array(ids.length);
  for (let start = 0; start < ids.length; start += length) {
    const end = ids.subarray(start, start + length).indexOf(endId);
    mask.fill(1, start, end < 0 ? start + length : start + end + 1);
  }
  return mask;
}

/** The last of several rows may be short: a graph of fixed rows gets zeros behind them. */
function filled(data: Float32Array, length: number): Float32Array {
  if (data.length === length) return data;
  const all = new Float32Array(length);
  all.set(data);
  return all;
}

/** @param fixed rows of every call, where the graph insists; what comes of rows beyond the last is dropped */
async function inBatches(
  count: number,
  d: number,
  fixed: number | null,
  run: (start: number, end: number) => Promise<{ data: Float32Array }>,
): Promise<Float32Array> {
  const all = new Float32Array(count * d);
  const step = fixed ?? BATCH;
  for (let start = 0; start < count; start += step) {
    const end = Math.min(count, start + step);
    const { data } = await run(start, end);
    const rows = fixed ?? end - start;
    if (data.length !== rows * d) throw new RangeError(`${data.length / rows} numbers an embedding in place of ${d}.`);
    all.set(data.subarray(0, (end - start) * d), start * d);
  }
  return all;
}

function noText(): StudioError {
  return new StudioError({
    code: 'clip-missing',
    what: 'This CLIP has no text tower.',
    why: 'Only its image tower was given.',
    action: 'Add its text tower and tokenizer.json, or go on: clusters are then described by their pictures alone.',
  });
}
