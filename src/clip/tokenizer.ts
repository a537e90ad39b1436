/**
 * CLIP's byte-pair tokenizer, read from a `tokenizer.json` of Hugging Face's format. Texts become token ids between a
 * start and an end token; what does not fit into the context is cut, and the end token is always kept (as CLIP's own
 * tokenizer does).
 */
import { Tokenizer } from '@huggingface/tokenizers';
import { StudioError } from '../shared/errors';
import { isRecord, type JsonRecord } from '../shared/record';

/** Marks the last piece of a word in CLIP's vocabulary. */
const WORD_END = '</w>';

export class ClipTokenizer {
  readonly startId: number;
  readonly endId: number;
  /** Fills short rows of a batch; equal to the end token unless the file says otherwise. */
  readonly padId: number;
  /** Longest sequence of the text tower, start and end tokens included. */
  readonly contextLength: number;
  readonly #tokenizer: Tokenizer;

  /** Throws 'clip-damaged' where the file is no tokenizer, 'clip-unsupported' where it has no start and end token. */
  constructor(json: string, contextLength: number) {
    const parsed = parseTokenizerJson(json);
    this.#tokenizer = new Tokenizer(parsed, {});
    this.contextLength = contextLength;
    const specials = this.#tokenizer.encode('').ids;
    const [startId, endId] = [specials[0], specials.at(-1)];
    if (startId === undefined || endId === undefined || specials.length !== 2) {
      throw new StudioError({
        code: 'clip-unsupported',
        what: 'The tokenizer does not put texts between a start and an end token.',
        why: 'It is not the tokenizer of a CLIP.',
        action: 'Use the tokenizer.json that belongs to the model.',
      });
    }
    this.startId = startId;
    this.endId = endId;
    const padding: unknown = parsed['padding'];
    this.padId = isRecord(padding) && typeof padding['pad_id'] === 'number' ? padding['pad_id'] : endId;
  }

  /** Token ids of the text alone, however many. */
  encodeWords(text: string): number[] {
    return this.#tokenizer.encode(text, { add_special_tokens: false }).ids;
  }

  /** Start token, text, end token; at most `contextLength` ids. */
  encode(text: string): number[] {
    return [this.startId, ...this.encodeWords(text).slice(0, this.contextLength - 2), this.endId];
  }

  /** Rows of equal length (the longest, or `length` if given), padded at the end. */
  encodeBatch(texts: readonly string[], length = 0): { ids: Int32Array; length: number } {
    const rows = texts.map((text) => this.encode(text));
    const width = rows.reduce((longest, row) => Math.max(longest, row.length), length);
    const ids = new Int32Array(rows.length * width).fill(this.padId);
    for (const [i, row] of rows.entries()) ids.set(row, i * width);
    return { ids, length: width };
  }

  decode(ids: readonly number[]): string {
    return this.#tokenizer.decode([...ids], { skip_special_tokens: true }).trim();
  }

  /** Tokens that are whole words of letters or digits, with their ids: what a person can read. */
  wholeWords(): { id: number; word: string }[] {
    const words: { id: number; word: string }[] = [];
    for (const [token, id] of this.#tokenizer.get_vocab(false)) {
      if (!token.endsWith(WORD_END)) continue;
      const word = this.#tokenizer.decode([id]).trim();
      if (/^[\p{L}\p{N}]+$/u.test(word)) words.push({ id, word });
    }
    return words;
  }
}

function parseTokenizerJson(json: string): JsonRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    parsed = null;
  }
  const model = isRecord(parsed) ? parsed['model'] : null;
  if (!isRecord(parsed) || !isRecord(model) || !isRecord(model['vocab'])) {
    throw new StudioError({
      code: 'clip-damaged',
      what: 'The tokenizer of this CLIP cannot be read.',
      why: 'The file is not a whole tokenizer.json.',
      action: 'Download tokenizer.json again, or go on without it (prompts are then replaced by picture features).',
    });
  }
  return parsed;
}
