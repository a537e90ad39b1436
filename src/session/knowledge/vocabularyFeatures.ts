/**
 * The vocabulary as the run's CLIP reads it: passed once through the text tower, in pieces between which a run can rest
 * and end, and kept by the CLIP, the text tower's content and each text's tokens. A second run with the same CLIP reads it from
 * the store; a changed vocabulary costs the new words alone.
 */
import { sha256 } from 'hash-wasm';
import { hashOf } from '../../clip/download';
import { vocabulary, type VocabularyFeatures } from '../../clip/vocabulary';
import { textFeatures } from '../../clip/zeroShot';
import { FeatureCache } from '../../data/featureCache';
import type { OpenClip } from '../clip/openClip';
import type { EventPort, StorePort } from '../ports';
import { ProgressMeter } from '../run/progressMeter';
import { rest, type Gate } from '../run/runControl';

/** Texts between two looks at the gate, and between two writes to the store. */
const PIECE = 64;
const STORE_EVERY = 512;

/** Changes whenever the way from token ids to feature does. */
const RECIPE = 'texts-1';

/**
 * Read once a CLIP and process: the partition is made up to twice in a run, and again at each refresh. Forgotten with
 * the CLIP.
 */
const known = new WeakMap<OpenClip['frozen'], VocabularyFeatures>();

export type VocabularyClip = Pick<OpenClip, 'model' | 'frozen'>;

/** @returns null where the CLIP reads no texts. Throws `RunStopped` where the run was stopped meanwhile */
export async function readVocabulary(
  ports: EventPort & StorePort,
  { model, frozen }: VocabularyClip,
  control: Gate,
): Promise<VocabularyFeatures | null> {
  const { text, tokenizer, dim } = model;
  if (!frozen.hasText || !text || !tokenizer) return null;
  const before = known.get(frozen);
  if (before) return before;
  const { words, texts } = vocabulary();
  const cache = new FeatureCache(ports.store, {
    clip: model.hash,
    recipe: `${RECIPE}-${(await hashOf(text)).slice(0, 12)}`,
    dim,
  });
  const hashes = await Promise.all(texts.map((each) => sha256(Int32Array.from(tokenizer.encode(each)).join())));
  const { features, missing } = await cache.lookup(hashes);
  const meter = new ProgressMeter(
    {
      phase: 'labels',
      label: 'Reading the words that describe clusters',
      unit: 'steps',
      total: texts.length,
      done: texts.length - missing.length,
    },
    ports.emit,
  );
  let unsaved: number[] = [];
  const save = async (): Promise<void> => {
    const rows = new Float32Array(unsaved.length * dim);
    unsaved.forEach((index, row) => rows.set(features.subarray(index * dim, (index + 1) * dim), row * dim));
    const kept = unsaved.map((index) => hashes[index] ?? '');
    unsaved = [];
    await cache.add(kept, rows);
  };
  // Short texts with short ones: a batch is as long as its longest.
  const length = (index: number): number => tokenizer.encodeWords(texts[index] ?? '').length;
  const order = missing.map((index) => ({ index, length: length(index) })).toSorted((a, b) => a.length - b.length);
  try {
    for (let from = 0; from < order.length; from += PIECE) {
      const piece = order.slice(from, from + PIECE).map(({ index }) => index);
      const rows = await textFeatures(
        frozen,
        model,
        piece.map((index) => texts[index] ?? ''),
      );
      piece.forEach((index, row) => features.set(rows.subarray(row * dim, (row + 1) * dim), index * dim));
      unsaved.push(...piece);
      if (unsaved.length >= STORE_EVERY) await save();
      meter.update(texts.length - missing.length + from + piece.length);
      await rest(control, meter);
    }
  } finally {
    if (unsaved.length > 0) await save();
  }
  const read = { words, features, d: dim };
  known.set(frozen, read);
  return read;
}
