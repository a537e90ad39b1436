/**
 * CLIP as it is: forward only, through onnxruntime. It computes the features of the data set and of class names, and is
 * the reference that the differentiable twin is checked against. Embeddings are returned as the model gives them (most
 * do not normalise).
 */
import { readOnnx, type OnnxModel } from '../formats/onnx';
import type { ClipModel } from './model';
import { openOrtSession, type OrtInput, type OrtSession } from './ortSession';
import { embeddingOutput, pictureInput, tokenInputs, type TokenInputs } from './recognize';
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
}

/** Opens both towers; the caller closes them. Throws 'clip-unsupported' or 'format'. */
export async function openFrozenClip(model: ClipModel): Promise<FrozenClip> {
  const visionGraph = readOnnx(model.vision);
  const picture = pictureInput(visionGraph).name;
  const pictureOutput = embeddingOutput(visionGraph, 'vision').name;
  const vision = await openOrtSession(model.vision);
  const text = model.text && model.tokenizer ? await openText(readOnnx(model.text), model.text) : null;
  const { imageSize: s, tokenizer } = model;
  let padded = model.padToContext;
  return {
    hasText: text !== null,
    rows: BATCH,
    async encodeImages(pixels) {
      const one = 3 * s * s;
      const count = pixels.length / one;
      if (!Number.isInteger(count)) throw new RangeError(`${pixels.length} numbers are not pictures of ${s} x ${s}.`);
      return inBatches(count, model.dim, (start, end) =>
        vision.run(
          { [picture]: { kind: 'float', data: pixels.subarray(start * one, end * one), dims: [end - start, 3, s, s] } },
          pictureOutput,
        ),
      );
    },
    async encodeTexts(texts) {
      if (!text || !tokenizer) throw noText();
      const length = text.fixedLength ?? (padded ? model.contextLength : 0);
      return inBatches(texts.length, model.dim, (start, end) => {
        const batch = tokenizer.encodeBatch(texts.slice(start, end), length);
        return text.session.run(
          textFeeds(text.inputs, batch.ids, end - start, batch.length, tokenizer.endId),
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

async function inBatches(
  count: number,
  d: number,
  run: (start: number, end: number) => Promise<{ data: Float32Array }>,
): Promise<Float32Array> {
  const all = new Float32Array(count * d);
  for (let start = 0; start < count; start += BATCH) {
    const end = Math.min(count, start + BATCH);
    const { data } = await run(start, end);
    if (data.length !== (end - start) * d)
      throw new RangeError(`${data.length / (end - start)} numbers an embedding in place of ${d}.`);
    all.set(data, start * d);
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
