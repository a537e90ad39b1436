// The vocabulary as a run reads it: once, in pieces that a stop ends between, and from the store from then on.
import { describe, expect, it } from 'vitest';
import { vocabulary } from '../../clip/vocabulary';
import { MemoryBlobStore } from '../../data/blobStore';
import { RunControl, RunStopped } from '../run/runControl';
import type { Event } from '../protocol/events';
import { readVocabulary, type VocabularyClip } from './vocabularyFeatures';

const { words, texts } = vocabulary();
const dim = 3;

/** Reads a text as its length and its first two characters. */
function clip(onTexts: (read: readonly string[]) => void, text = new Uint8Array([1, 2])): VocabularyClip {
  return {
    model: {
      dim,
      hash: 'c'.repeat(64),
      text,
      tokenizer: {
        encode: (each: string) => Array.from(each, (letter) => letter.codePointAt(0) ?? 0),
        encodeWords: (each: string) => [...each],
      },
    },
    frozen: {
      hasText: true,
      encodeTexts: (read: readonly string[]) => {
        onTexts(read);
        return Promise.resolve(
          Float32Array.from(read.flatMap((each) => [each.length, 1, (each.codePointAt(13) ?? 0) / 50])),
        );
      },
    },
  } as unknown as VocabularyClip;
}

const portsOf = (store: MemoryBlobStore, events: Event[] = []) => ({
  store,
  emit: (event: Event) => void events.push(event),
});

describe('readVocabulary', () => {
  it('reads every text once, tells how far it is, and reads nothing a second time', async () => {
    const store = new MemoryBlobStore();
    const events: Event[] = [];
    let read = 0;
    const count = (some: readonly string[]) => void (read += some.length);
    const first = await readVocabulary(portsOf(store, events), clip(count), new RunControl());
    expect(read).toBe(texts.length);
    expect(first?.words).toBe(words);
    expect(first?.features.length).toBe(texts.length * dim);
    for (const i of [0, 700, texts.length - 1])
      expect(Math.hypot(...(first?.features.subarray(i * dim, (i + 1) * dim) ?? []))).toBeCloseTo(1, 5);
    expect(events.at(-1)).toMatchObject({ type: 'progress', done: texts.length, total: texts.length });
    const second = await readVocabulary(portsOf(store), clip(count), new RunControl());
    expect(read).toBe(texts.length);
    expect(second?.features).toEqual(first?.features);
    // Another text tower beside the same pictures' tower is another CLIP.
    await readVocabulary(portsOf(store), clip(count, new Uint8Array([9])), new RunControl());
    expect(read).toBe(2 * texts.length);
  });

  it('ends with the run, and goes on where it was', async () => {
    const store = new MemoryBlobStore();
    const control = new RunControl();
    let read = 0;
    const stopping = clip((some) => {
      read += some.length;
      if (read >= 200) control.stop();
    });
    await expect(readVocabulary(portsOf(store), stopping, control)).rejects.toBeInstanceOf(RunStopped);
    expect(read).toBeLessThan(texts.length / 2);
    const before = read;
    const rest = clip((some) => void (read += some.length));
    await readVocabulary(portsOf(store), rest, new RunControl());
    expect(read).toBe(texts.length);
    expect(before).toBeGreaterThan(0);
  });

  it('is null where the CLIP reads no texts', async () => {
    const blind = clip(() => undefined);
    Object.assign(blind.frozen, { hasText: false });
    expect(await readVocabulary(portsOf(new MemoryBlobStore()), blind, new RunControl())).toBeNull();
  });
});
