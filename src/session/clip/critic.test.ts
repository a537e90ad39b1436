import { describe, expect, it } from 'vitest';
import { LineBroken, type LoadIo } from '../../clip/loadIo';
import { folderIo } from '../../clip/nodeIo';
import { modelsFolder } from '../../clip/testing/clipNano';
import { presets } from '../../shared/config';
import { RunControl } from '../run/runControl';
import { criticFor, loadCritic } from './critic';

const io = folderIo(modelsFolder);
const ports = (clipIo: LoadIo) => ({ emit: () => undefined, clipIo });

describe('the critic', () => {
  it('is what the list names or a person asks for, and nobody else where nothing is judged by CLIP', () => {
    const { tiny } = presets;
    const lit = { id: 'clip-lit', critic: 'clip-nano' };
    expect(criticFor(lit, tiny)).toBe('clip-nano');
    expect(criticFor(lit, tiny, 'clip-lit')).toBeNull();
    expect(criticFor({ id: 'file:abc' }, tiny)).toBeNull();
    expect(criticFor({ id: 'file:abc' }, tiny, 'clip-nano')).toBe('clip-nano');
    expect(criticFor(lit, { clipHead: { ...tiny.clipHead, weight: 0 } }, 'openai-vit-b-32')).toBeNull();
  });

  it('comes without the texts, of which nothing is fetched', async () => {
    const opened: string[] = [];
    const clipIo: LoadIo = { open: (url, ...rest) => (opened.push(url), io.open(url, ...rest)) };
    const model = await loadCritic(ports(clipIo), 'clip-nano', { name: 'clip-lit' }, new RunControl());
    expect(model).toMatchObject({ id: 'clip-nano', dim: 192, imageSize: 64, text: null, tokenizer: null });
    expect(opened.filter((url) => /text|tokenizer/.test(url))).toEqual([]);
  });

  it('that cannot be had is named, with what to do; no other one takes its place', async () => {
    const offline: LoadIo = {
      retryDelays: [],
      open: (url, ...rest) => {
        if (url === 'manifest.json') return io.open(url, ...rest);
        throw new LineBroken('The server did not answer.');
      },
    };
    const load = (clipIo: LoadIo, id: string) =>
      loadCritic(ports(clipIo), id, { name: 'clip-lit 96' }, new RunControl());
    await expect(load(offline, 'clip-nano')).rejects.toMatchObject({
      info: {
        code: 'clip-missing',
        what: expect.stringContaining('clip-nano, which judges samples where clip-lit 96 looks at the pictures'),
        why: expect.stringContaining('The server did not answer.'),
        action: expect.stringContaining('choose a CLIP that judges samples itself'),
      },
    });
    await expect(load(io, 'clip-pico')).rejects.toThrow('There is no CLIP named clip-pico');
  });
});
