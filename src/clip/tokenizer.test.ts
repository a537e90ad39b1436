import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelsFolder, readGolden } from './testing/clipNano';
import { ClipTokenizer } from './tokenizer';

const json = readFileSync(`${modelsFolder}clip-nano/tokenizer.json`, 'utf8');
const tokenizer = new ClipTokenizer(json, 32);
const wordsOf = (text: string): number[] => tokenizer.encodeWords(text);

describe("CLIP's own vocabulary", () => {
  // From golden/tokenizer.py, which shares nothing with the tokenizer under test; its tokenizer.json holds what these
  // texts can need of the 49,408 tokens.
  const golden = (name: string): string => readFileSync(new URL(`./golden/${name}`, import.meta.url), 'utf8');
  const clip = new ClipTokenizer(golden('tokenizer.json'), 77);
  const cases = JSON.parse(golden('tokenizerIds.json')) as { text: string; ids: number[] }[];

  it.each(cases)('$text', ({ text, ids }) => {
    expect(clip.encodeWords(text)).toEqual(ids);
    expect(clip.encode(text)).toEqual([49406, ...ids.slice(0, 75), 49407]);
  });
});

describe('ClipTokenizer', () => {
  it('gives the ids that CLIP was trained with', async () => {
    for (const { text, ids } of (await readGolden()).texts) expect(tokenizer.encode(text)).toEqual(ids);
  });

  it('knows its special tokens', () => {
    expect([tokenizer.startId, tokenizer.endId, tokenizer.padId]).toEqual([8190, 8191, 8191]);
    expect(tokenizer.encode('')).toEqual([8190, 8191]);
  });

  it('ignores case, space and composition, as CLIP does', () => {
    expect(wordsOf('  A Photo\tof\n a   CAT ')).toEqual(wordsOf('a photo of a cat'));
    expect(wordsOf('caf\u0065\u0301')).toEqual(wordsOf('caf\u00e9'));
  });

  it('cuts contractions, digits and punctuation where CLIP cuts them', () => {
    expect(wordsOf("it's")).toEqual([...wordsOf('it'), ...wordsOf("'s")]);
    expect(wordsOf('they’re 2024!')).toEqual([
      ...wordsOf('they'),
      ...wordsOf('’'),
      ...wordsOf('re'),
      ...wordsOf('2'),
      ...wordsOf('0'),
      ...wordsOf('2'),
      ...wordsOf('4'),
      ...wordsOf('!'),
    ]);
    expect(wordsOf('2024').length).toBe(4);
  });

  it('spells what it does not know in bytes and reads it back', () => {
    for (const text of ['🎉', '猫', 'naïve façade', '😀👍🏽', 'Ω']) {
      expect(wordsOf(text).length).toBeGreaterThan(0);
      expect(tokenizer.decode(wordsOf(text)).replaceAll(' ', '')).toBe(text.toLowerCase().replaceAll(' ', ''));
    }
  });

  it('cuts a text of 400 characters to the context and keeps the end token', () => {
    for (const text of ['x'.repeat(400), 'a dog '.repeat(67), '🎉'.repeat(200)]) {
      const ids = tokenizer.encode(text);
      expect(ids.length).toBe(32);
      expect([ids[0], ids.at(-1)]).toEqual([8190, 8191]);
    }
  });

  it('pads a batch to its longest text, or further', () => {
    const { ids, length } = tokenizer.encodeBatch(['a dog', 'a photo of a dog']);
    expect(length).toBe(tokenizer.encode('a photo of a dog').length);
    expect([...ids.subarray(0, length)]).toEqual([...tokenizer.encode('a dog'), 8191, 8191, 8191]);
    expect(tokenizer.encodeBatch(['a dog'], 32).ids.length).toBe(32);
  });

  it('lists whole words that can be read', () => {
    const words = tokenizer.wholeWords();
    expect(words.length).toBeGreaterThan(3000);
    for (const { id, word } of words.filter((_, i) => i % 50 === 0)) expect(tokenizer.decode([id])).toBe(word);
    expect(words.map(({ word }) => word)).toEqual(expect.arrayContaining(['dog', 'cat', 'red']));
  });

  it('says what is wrong with a file that is no tokenizer', () => {
    for (const bad of ['', '{}', '[1]', json.slice(0, 5000)])
      expect(() => new ClipTokenizer(bad, 32)).toThrow(/tokenizer/);
  });
});
