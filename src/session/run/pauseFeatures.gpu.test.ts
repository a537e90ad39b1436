import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { MemoryBlobStore } from '../../data/blobStore';
import type { ImageDecoder } from '../../data/decode';
import { discardTestEngine, testEngine } from '../../gpu/testing/testEngine';
import { presets } from '../../shared/config';
import type { Event } from '../protocol/events';
import { Session } from '../session';

const towers = new URL('../../clip/testing/towers/', import.meta.url);
/** Another than the CLIP's, so that its pictures are decoded in the features phase. */
const size = 64;

/**
 * Pictures of noise. After `holdAfter` of them at CLIP's size the decoder waits to be let go, so that the session stays
 * in the features phase.
 */
function slowDecoder(): { decoder: ImageDecoder; release: () => void; state: { seen: number; holdAfter: number } } {
  const state = { seen: 0, holdAfter: Number.POSITIVE_INFINITY };
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const decoder: ImageDecoder = {
    concurrency: 2,
    async decode(file, { training, clip }) {
      const index = Number(await file.text());
      if (clip !== null && ++state.seen > state.holdAfter) await held;
      const noise = (length: number): Uint8Array =>
        Uint8Array.from({ length }, (_, i) => Math.imul(i + 977 * index, 2654435761) >>> 24);
      return {
        picture: {
          training: noise(training * training * 3),
          clip: clip === null ? null : { rgb: noise(clip * clip * 3), edge: clip, original: false },
          hash: index.toString(16).padStart(64, '0'),
        },
        reason: null,
      };
    },
    close: () => undefined,
  };
  return { decoder, release, state };
}

it('pauses, resumes and stops in the features phase, and the page is told each time', async () => {
  const events: Event[] = [];
  const { decoder, release, state } = slowDecoder();
  const store = new MemoryBlobStore();
  const session = new Session({
    gpu: navigator.gpu,
    openDecoder: () => decoder,
    clipIo: { open: () => Promise.reject(new Error('no network')) },
    store,
    emit: (event) => void events.push(event),
  });
  const states = (): string[] => events.flatMap((event) => (event.type === 'state' ? [event.state] : []));
  const counted = (): number =>
    events.reduce((done, event) => (event.type === 'progress' && event.phase === 'features' ? event.done : done), -1);
  const file = async (name: string): Promise<{ name: string; file: Blob }> => ({
    name,
    file: new Blob([await readFile(new URL(name, towers))]),
  });
  try {
    await session.handle({ type: 'hello', id: 0, version: 1, modelsUrl: '' });
    const items = Array.from({ length: 100 }, (_, i) => ({
      path: `${i}.png`,
      file: new Blob([String(i)]),
      label: i < 40 ? i % 2 : -1,
    }));
    await session.handle({ type: 'import', id: 1, classes: ['a', 'b'], items, resolution: size });
    state.holdAfter = 60;
    await session.handle({
      type: 'start',
      id: 2,
      config: { ...presets.tiny, preset: 'custom', resolution: size },
      clip: { kind: 'files', files: [await file('openai/vision_model.onnx')] },
    });
    await expect.poll(counted, { timeout: 60_000 }).toBeGreaterThanOrEqual(0);
    const paused = session.handle({ type: 'pause', id: 3 });
    state.holdAfter = Number.POSITIVE_INFINITY;
    release();
    await paused;
    expect(states().at(-1)).toBe('paused');
    const seen = state.seen;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
    expect(state.seen).toBe(seen);
    expect(seen).toBeLessThan(100);
    expect(events.some((event) => event.type === 'progress' && event.phase === 'labels')).toBe(false);
    await session.handle({ type: 'resume', id: 4 });
    expect(states().at(-1)).toBe('preparing');
    await expect
      .poll(() => events.some((event) => event.type === 'progress' && event.phase === 'labels'), { timeout: 60_000 })
      .toBe(true);
    expect(counted()).toBe(100);
    await session.handle({ type: 'stop', id: 5 });
    expect(states().at(-1)).toBe('stopped');
    expect(await store.list('features')).not.toEqual([]);
  } finally {
    await session.close();
    discardTestEngine();
    await testEngine();
  }
});
