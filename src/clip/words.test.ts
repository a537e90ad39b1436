import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOnnx } from '../formats/onnx';
import { openFrozenClip, type FrozenClip } from './frozen';
import type { ClipModel } from './model';
import { embeddingOutput, tokenInputs } from './recognize';
import { loadClipNano } from './testing/clipNano';
import type { ClipTokenizer } from './tokenizer';
import { TowerGraph } from './twin/specialize';
import { tokenTable } from './twin/tokenTable';
import { rowCosine } from '../shared/linearAlgebra';
import { wordIndex } from './words';
import { classFeatures, readableName, templates, textFeatures } from './zeroShot';

let model: ClipModel;
let tokenizer: ClipTokenizer;
let clip: FrozenClip;

beforeAll(async () => {
  model = await loadClipNano();
  if (!model.tokenizer) throw new Error('clip-nano has a tokenizer');
  tokenizer = model.tokenizer;
  clip = await openFrozenClip(model);
});
afterAll(() => clip.close());

function openIndex(): { table: ReturnType<typeof tokenTable>; index: ReturnType<typeof wordIndex> } {
  const graph = readOnnx(model.text ?? new Uint8Array());
  const table = tokenTable(new TowerGraph(graph, embeddingOutput(graph, 'text').name), tokenInputs(graph).ids.name);
  return { table, index: wordIndex(table, tokenizer) };
}

describe('wordIndex', () => {
  it('finds a word from its own vector, and next to it', () => {
    const { table, index } = openIndex();
    expect([table.vocabulary, table.width]).toEqual([8192, 192]);
    const [dog, cat] = ['dog', 'cat'].map((word) => tokenizer.encodeWords(word)[0] as number) as [number, number];
    const vectorOf = (id: number): Float32Array => table.vectors.subarray(id * 192, (id + 1) * 192);
    const between = vectorOf(dog).map((x, i) => 0.9 * x + 0.1 * (vectorOf(cat)[i] as number));
    const [exact, mixed] = index.nearestWords(Float32Array.of(...vectorOf(dog), ...between), 4);
    expect(exact?.[0]?.word).toBe('dog');
    expect(exact?.[0]?.distance).toBeLessThan(1e-3);
    expect(mixed?.[0]?.word).toBe('dog');
    expect(exact?.length).toBe(4);
    const distances = mixed?.map(({ distance }) => distance) ?? [];
    expect(distances).toEqual(distances.toSorted((a, b) => a - b));
  });

  it('agrees with a search that compares everything', () => {
    const { table, index } = openIndex();
    const vector = Float32Array.from({ length: 192 }, (_, i) => 0.02 * Math.sin(i * i));
    const all = tokenizer.wholeWords().map(({ id, word }) => ({
      word,
      distance: Math.hypot(...vector.map((x, i) => x - (table.vectors[id * 192 + i] as number))),
    }));
    const expected = all.toSorted((a, b) => a.distance - b.distance).slice(0, 6);
    const [found] = index.nearestWords(vector, 6);
    expect(found?.map(({ word }) => word)).toEqual(expected.map(({ word }) => word));
    found?.forEach(({ distance }, i) => expect(distance).toBeCloseTo(expected[i]?.distance ?? NaN, 4));
  });
});

describe('classFeatures', () => {
  it('gives unit vectors that lie nearer to their own sentences than to the others', async () => {
    const names = ['dog', 'airplane', 'red circle'];
    const done: number[] = [];
    const features = await classFeatures(clip, model, names, (count) => done.push(count));
    expect(done).toEqual([1, 2, 3]);
    for (let c = 0; c < 3; c++)
      expect(Math.hypot(...features.subarray(c * model.dim, (c + 1) * model.dim))).toBeCloseTo(1, 5);
    const sentences = await textFeatures(
      clip,
      model,
      names.map((name) => `a photo of a ${name}`),
    );
    for (let c = 0; c < 3; c++) {
      const own = rowCosine(features.slice(c * model.dim), sentences.slice(c * model.dim), model.dim, 0);
      for (const other of [0, 1, 2].filter((i) => i !== c))
        expect(own).toBeGreaterThan(
          rowCosine(features.slice(other * model.dim), sentences.slice(c * model.dim), model.dim, 0),
        );
    }
  });

  it('puts names into sentences that the tower reads as those names', async () => {
    const names = (
      'airplane automobile bird cat deer dog frog horse ship truck apple banana shirt shoe hat bus train bicycle chair ' +
      'table lamp flower tree cup bottle clock guitar piano elephant butterfly'
    ).split(' ');
    const { dim } = model;
    const rowsOf = (features: Float32Array): Float32Array[] =>
      names.map((_, i) => features.slice(i * dim, (i + 1) * dim));
    const alone = rowsOf(await textFeatures(clip, model, names));
    for (const template of templates) {
      const sentences = rowsOf(
        await textFeatures(
          clip,
          model,
          names.map((name) => template.replace('{}', name)),
        ),
      );
      const mistaken = names.filter((_, i) => {
        const cosines = alone.map((row) => rowCosine(sentences[i] ?? row, row, dim, 0));
        return cosines.indexOf(Math.max(...cosines)) !== i;
      });
      // A full stop at the end took away a fifth of the names.
      expect(mistaken.length, `${template}: ${mistaken.join(', ')}`).toBeLessThanOrEqual(1);
    }
  });

  it('reads folder names as words', () => {
    expect(['sea_horse', 'T-Shirt', 'goldenRetriever', ' a  b ', 'n01440764.tench'].map(readableName)).toEqual([
      'sea horse',
      'T Shirt',
      'golden Retriever',
      'a b',
      'n01440764 tench',
    ]);
  });
});
