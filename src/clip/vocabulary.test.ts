import { describe, expect, it } from 'vitest';
import { inventedWords, vocabulary } from './vocabulary';

describe('the vocabulary', () => {
  const { words, texts } = vocabulary();

  it('holds a thousand words and more, each once and as people write them', () => {
    expect(words.length).toBeGreaterThan(1500);
    expect(new Set(words).size).toBe(words.length);
    expect(words.filter((word) => !/^[\p{L}\d][\p{L}\d '-]*$/u.test(word))).toEqual([]);
    for (const word of ['orange', 'striped', 'leather', 'beach', 'sitting', 'front door'])
      expect(words).toContain(word);
  });

  it('puts invented words behind them, which are none of them, the same every time', () => {
    const invented = inventedWords(200);
    expect(texts.length - words.length).toBeGreaterThan(200);
    expect(invented).toEqual(inventedWords(200));
    expect(new Set(invented).size).toBe(200);
    expect(invented.filter((word) => words.includes(word))).toEqual([]);
    expect(texts[words.length]).toContain(invented[0]);
    expect(texts[0]).toContain(words[0]);
  });
});
