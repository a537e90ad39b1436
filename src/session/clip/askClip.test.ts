// Words against pictures through the embedded CLIP: real pictures, real features, the answer as the page gets it.
import { openAsBlob } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplePictures } from '../../../scripts/sample.mjs';
import { openFrozenClip, type FrozenClip } from '../../clip/frozen';
import type { ClipModel } from '../../clip/model';
import { folderIo } from '../../clip/nodeIo';
import { loadClipNano, modelsFolder } from '../../clip/testing/clipNano';
import { MemoryBlobStore } from '../../data/blobStore';
import { NodeDecoder } from '../../headless/nodeDecoder';
import { StudioError } from '../../shared/errors';
import { askClip, type AskedRun } from './askClip';
import { computeFeatures } from './clipFeatures';
import { importDataset } from '../run/importDataset';
import type { SessionPorts } from '../sessionPorts';
import { parseCommand } from '../protocol/commands';
import { parseEvent } from '../protocol/events';
import { RunControl } from '../run/runControl';

const names = [
  'red-apple',
  'green-apple',
  'automobile',
  'sport-utility-vehicle',
  'delivery-truck',
  'dog',
  'dog-face',
  'horse',
  'frog',
  'airplane',
  'sailboat',
  'banana',
  'strawberry',
  'bus',
  'cat',
];
const road = ['automobile', 'sport-utility-vehicle', 'delivery-truck', 'bus'];
const classes = ['animal', 'food', 'vehicle'];
let clip: FrozenClip;
let model: ClipModel;
let asked: AskedRun;
let shown: string[];

beforeAll(async () => {
  model = await loadClipNano();
  clip = await openFrozenClip(model);
  const pictures = samplePictures().filter(({ path }) => names.includes(nameOf(path)));
  const items = await Promise.all(
    pictures.map(async ({ path, source }) => ({
      path,
      file: await openAsBlob(source),
      label: classes.indexOf(path.split('/')[0] ?? ''),
    })),
  );
  const ports: SessionPorts = {
    gpu: undefined,
    openDecoder: () => new NodeDecoder(),
    clipIo: folderIo(modelsFolder),
    store: new MemoryBlobStore(),
    emit: () => undefined,
  };
  const dataset = await importDataset(ports, classes, items, 32, new AbortController().signal);
  const features = await computeFeatures(ports, model, clip, dataset, new RunControl());
  shown = dataset.items.map(({ path }) => nameOf(path));
  const probabilities = Float32Array.from({ length: shown.length * classes.length }, (_, i) =>
    Number(i % classes.length === 2),
  );
  asked = {
    clip: { model, frozen: clip },
    features,
    labels: dataset.labels,
    classCount: classes.length,
    probabilities,
  };
});
afterAll(() => clip.close());

const nameOf = (path: string): string => path.replace(/^.*\/|\.\w+$/g, '');
const ask = async (texts: string[], changes: Partial<AskedRun> = {}) => {
  const command = parseCommand({ type: 'askClip', id: 1, texts });
  if (command.type !== 'askClip') throw new Error('not a question');
  const event = parseEvent({ type: 'clipAnswer', result: await askClip({ ...asked, ...changes }, command.texts) });
  if (event.type !== 'clipAnswer') throw new Error('no answer');
  return event.result;
};

describe('asking CLIP', () => {
  it('puts the pictures that fit before the others, and those that fit least at the other end', async () => {
    const { texts, pictures, clip: name, standIn, from, to } = await ask(['a dog', '  a truck ']);
    expect([pictures, name, standIn]).toEqual([shown.length, model.name, true]);
    const [dog, truck] = texts.map(({ text, best, worst }) => ({
      text,
      best: best.map(({ image }) => shown[image]),
      worst: worst.map(({ image }) => shown[image]),
    }));
    expect(dog?.best.slice(0, 3)).toEqual(expect.arrayContaining(['dog', 'dog-face']));
    expect(truck?.text).toBe('a truck');
    expect(road).toContain(truck?.best[0]);
    expect(dog?.worst.filter((each) => each?.startsWith('dog'))).toEqual([]);
    expect(truck?.worst.filter((each) => road.includes(each ?? ''))).toEqual([]);
    for (const { best, worst, median, counts, won } of texts) {
      expect(best.length + worst.length).toBeLessThanOrEqual(pictures);
      expect(best.map(({ score }) => score)).toEqual(best.map(({ score }) => score).toSorted((a, b) => b - a));
      expect(worst.map(({ score }) => score)).toEqual(worst.map(({ score }) => score).toSorted((a, b) => a - b));
      expect(from).toBeLessThanOrEqual(worst[0]?.score ?? NaN);
      expect(to).toBeGreaterThanOrEqual(best[0]?.score ?? NaN);
      expect(median).toBeGreaterThan(from);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(pictures);
      expect(won).toBeGreaterThan(0);
    }
    expect(texts.reduce((sum, { won }) => sum + won, 0)).toBe(pictures);
  });

  it('tells given classes from inferred ones, and from those that are not known yet', async () => {
    const hits = async (changes: Partial<AskedRun>) =>
      new Map(
        (await ask(['an apple', 'a dog', 'a photo'], changes)).texts
          .flatMap(({ best, worst }) => [...best, ...worst])
          .map(({ image, classIndex, given }) => [shown[image], { classIndex, given }]),
      );
    const [known, early] = [await hits({}), await hits({ probabilities: null })];
    expect(known.get('green-apple')).toEqual({ classIndex: 1, given: true });
    expect(known.get('dog')).toEqual({ classIndex: 2, given: false });
    expect(early.get('green-apple')).toEqual({ classIndex: 1, given: true });
    expect(early.get('dog')).toEqual({ classIndex: -1, given: false });
  });

  it('says what was read of a text that is too long, and takes any script', async () => {
    const long = `a dog ${'and a cat '.repeat(60)}`.trim();
    const { texts } = await ask([long, '狗', '🐶', 'xqzzy-vlorb']);
    const read = texts[0]?.read ?? '';
    expect(long.startsWith(read)).toBe(true);
    expect(read.length).toBeLessThan(long.length);
    const [whole, cut] = (await ask([long, read])).texts;
    expect(cut?.read).toBeNull();
    expect(cut?.best).toEqual(whole?.best);
    for (const { read: all, best } of texts.slice(1)) expect([all, best.length > 0]).toEqual([null, true]);
  });

  it('leaves out pictures that can no longer be read, and says so where that is all of them', async () => {
    const features = asked.features.slice();
    features.fill(0, 0, 3 * model.dim);
    const { pictures, texts } = await ask(['a dog'], { features });
    expect(pictures).toBe(shown.length - 3);
    expect([...(texts[0]?.best ?? []), ...(texts[0]?.worst ?? [])].every(({ image }) => image > 2)).toBe(true);
    await expect(ask(['a dog'], { features: new Float32Array(features.length) })).rejects.toThrow(
      /can be read any more/,
    );
  });

  it('needs words, and a CLIP that reads them', async () => {
    await expect(ask([])).rejects.toThrow();
    await expect(ask(['  '])).rejects.toThrow();
    const deaf: FrozenClip = {
      ...clip,
      hasText: false,
      encodeTexts: () =>
        Promise.reject(
          new StudioError({ code: 'clip-missing', what: 'This CLIP has no text tower.', why: '', action: '' }),
        ),
    };
    await expect(ask(['a dog'], { clip: { model, frozen: deaf } })).rejects.toThrow(/no text tower/);
  });
});
