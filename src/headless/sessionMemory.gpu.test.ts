/**
 * What a closed session leaves behind: nothing. Programs such as `ablate` open many in one process, and a device that
 * is never collected costs them some 200 MB each (compiled kernels, the driver's threads), also when it was destroyed.
 * A whole run's memory is looked at in edgeCases.gpu.test.ts.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, expect, it } from 'vitest';
import { MemoryBlobStore } from '../data/blobStore';
import { encodePng } from '../formats/png';
import { acquireDevice } from '../gpu/device/device';
import { createEngine } from '../gpu/engine';
import { discardTestEngine, testEngine } from '../gpu/testing/testEngine';
import { Session } from '../session/session';
import { presets } from '../shared/config';
import { installNodeGpu } from './nodeGpu';
import { nodePorts } from './nodePorts';
import { Survivors } from './survivors.testing';

const gone = { timeout: 10_000 };

afterAll(async () => {
  discardTestEngine();
  await testEngine();
});

/** A session with pictures, features and inferred labels; its clusters are being made. */
async function preparing(survivors: Survivors): Promise<Session> {
  let reached: () => void = () => undefined;
  const labels = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const ports = nodePorts(({ type }) => {
    if (type === 'labels' || type === 'failed') reached();
  }, new MemoryBlobStore());
  const session = new Session({ ...ports, gpu: survivors.watchGpu(installNodeGpu()) });
  await session.handle({ type: 'hello', id: 0, version: 1, modelsUrl: '' });
  const picture = async (i: number): Promise<Blob> => {
    const pixels = Uint8ClampedArray.from({ length: 8 * 8 * 4 }, (_, at) =>
      at % 4 === 3 ? 255 : (31 * i + 7 * at) % 256,
    );
    return survivors.watch('picture', new Blob([await encodePng({ width: 8, height: 8, pixels })]));
  };
  const items = await Promise.all(
    Array.from({ length: 8 }, async (_, i) => ({ path: `${i}.png`, file: await picture(i), label: i % 2 })),
  );
  await session.handle({ type: 'import', id: 1, classes: ['cat', 'dog'], items, resolution: 32 });
  const tower = new Blob([
    new Uint8Array(await readFile(new URL('../clip/testing/towers/openai/vision_model.onnx', import.meta.url))),
  ]);
  const files = [{ name: 'vision_model.onnx', file: survivors.watch('file of the CLIP', tower) }];
  await session.handle({
    type: 'start',
    id: 2,
    config: { ...presets.tiny, preset: 'custom' },
    clip: { kind: 'files', files },
  });
  await labels;
  return session;
}

it('a closed session keeps neither GPU nor pictures, even while it is held, and is itself kept by nothing', async () => {
  const survivors = new Survivors();
  const held = new Set<Session>();
  await preparing(survivors).then(async (session) => {
    held.add(survivors.watch('session', session));
    expect(survivors.names()).toEqual(expect.arrayContaining(['device', 'buffer', 'pipeline', 'picture', 'session']));
    await session.close();
  });
  await expect.poll(() => survivors.names(), gone).toEqual(['session']);
  held.clear();
  await expect.poll(() => survivors.names(), gone).toEqual([]);
});

it('nothing keeps the engine of a lost device, once there is another', async () => {
  const survivors = new Survivors();
  await (async () => {
    const engine = survivors.watch(
      'engine',
      await createEngine(await acquireDevice(survivors.watchGpu(installNodeGpu()))),
    );
    engine.onError(survivors.watch('listener', () => void engine.backend));
    engine.context.device.destroy();
    await engine.context.lost;
  })();
  discardTestEngine();
  await testEngine();
  await expect.poll(() => survivors.names(), gone).toEqual([]);
});
