// A checkpoint is measured against the pictures that its run saw, transparent parts over the same colour.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { presets } from '../shared/config';
import { readReals } from './evaluateReals';

let folder: string;
const trained = { config: presets.tiny, classes: ['a', 'b'], imageHashes: null };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reals-'));
  for (const [at, name] of ['a', 'b'].entries()) {
    mkdirSync(join(folder, name));
    const clear = { width: 4, height: 4, channels: 4, background: { r: 9, g: 99, b: at, alpha: 0 } } as const;
    await sharp({ create: clear })
      .png()
      .toFile(join(folder, name, '1.png'));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const first = async (...args: [asked?: string, recorded?: string]) => {
  const [matte, recorded] = args;
  const { pixels, notes } = await readReals(folder, { matte }, undefined, { ...trained, matte: recorded });
  return [[...pixels.subarray(0, 3)], notes.length];
};

it('takes the colour that the checkpoint says', async () => {
  expect(await first(undefined, '#204060')).toEqual([[0x20, 0x40, 0x60], 0]);
  expect(await first('#204060', '#204060')).toEqual([[0x20, 0x40, 0x60], 0]);
});

it('refuses another one', async () => {
  await expect(first('#000000', '#204060')).rejects.toThrow('laid over #204060, not black');
});

it('where the checkpoint is older than that, the colour asked for counts; without one white is taken, and said', async () => {
  expect(await first('#000000')).toEqual([[0, 0, 0], 0]);
  expect(await first()).toEqual([[255, 255, 255], 1]);
});
