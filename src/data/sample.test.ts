import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureSample, samplePictures } from '../../scripts/sample.mjs';
import { NodeDecoder } from '../headless/nodeDecoder';
import { importPictures } from './decodePictures';
import { blockingError, interpretFolder } from './interpret';
import { loadSample, type FetchLike } from './sample';

const folder = mkdtempSync(join(tmpdir(), 'sample-'));
const serve: FetchLike = (url) =>
  Promise.resolve(new Response(new Uint8Array(readFileSync(join(folder, url.replace('sample/', ''))))));

beforeAll(() => {
  ensureSample(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the sample data set', () => {
  it('reads as a partly labeled folder: six classes, one fifth labeled, no warnings', async () => {
    const files = await loadSample(undefined, { fetch: serve });
    const reading = interpretFolder(files.map(({ path }) => path));
    expect(reading.classes).toEqual(['animal', 'clothing', 'face', 'food', 'person', 'vehicle']);
    expect(reading.sentence).toBe('6 classes, 104 labeled, 416 unlabeled');
    expect(Math.min(...reading.labeledPerClass)).toBeGreaterThanOrEqual(7);
    expect(reading.warnings).toEqual([]);
    expect(blockingError(reading)).toBeNull();
  });

  it('holds pictures that all decode and all differ', async () => {
    const files = await loadSample(undefined, { fetch: serve });
    const imported = await importPictures(files, new NodeDecoder(), 32);
    expect(imported.broken).toEqual([]);
    expect(new Set(imported.hashes).size).toBe(files.length);
    const pictures = samplePictures();
    expect(files.map(({ path }) => path)).toEqual(pictures.map((picture) => picture.path));
    expect(files.map(({ file }) => file.size)).toEqual(pictures.map((picture) => statSync(picture.source).size));
  });

  it('reports bytes from none to all', async () => {
    const seen: [number, number][] = [];
    await loadSample((done, total) => seen.push([done, total]), { fetch: serve });
    const total = statSync(join(folder, 'pictures.bin')).size;
    expect(seen[0]).toEqual([0, total]);
    expect(seen.at(-1)).toEqual([total, total]);
    expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done).toSorted((a, b) => a - b));
  });

  it('carries its licences, in the file that the page links to', () => {
    const notice = readFileSync(join(folder, 'NOTICE.txt'), 'utf8');
    expect(notice).toContain('Permission is hereby granted');
    expect(notice).toContain('Copyright (c) Microsoft Corporation');
    expect(notice).toContain('UNICODE LICENSE V3');
  });

  it('is written once, and anew when something is missing', () => {
    expect(ensureSample(folder)).toBe(false);
    writeFileSync(join(folder, 'pictures.bin'), 'short');
    expect(ensureSample(folder)).toBe(true);
    expect(ensureSample(folder)).toBe(false);
  });
});

describe('a server that fails', () => {
  const failing: Record<string, FetchLike> = {
    'does not answer': () => Promise.reject(new TypeError('network')),
    'answers 404': () => Promise.resolve(new Response('no', { status: 404 })),
    'answers with its start page': () => Promise.resolve(new Response('<!doctype html>')),
    'sends half': async (url) =>
      url.endsWith('.bin')
        ? new Response(await (await serve(url)).blob().then((blob) => blob.slice(0, 1000)))
        : serve(url),
  };
  for (const [name, fetch] of Object.entries(failing)) {
    it(`is met in plain words: ${name}`, async () => {
      await expect(loadSample(undefined, { fetch })).rejects.toMatchObject({
        name: 'StudioError',
        info: { what: 'The sample pictures could not be loaded.' },
      });
    });
  }

  it('leaves an abort an abort', async () => {
    const signal = AbortSignal.abort();
    const aborting: FetchLike = () => Promise.reject(signal.reason as Error);
    await expect(loadSample(undefined, { fetch: aborting, signal })).rejects.toMatchObject({ name: 'AbortError' });
  });
});
