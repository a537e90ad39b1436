/**
 * A GPU that goes away in mid-run, with the whole session around it: the run goes on on another device as if nothing
 * had happened, or ends with what was saved.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadIo } from '../clip/loadIo';
import { MemoryBlobStore } from '../data/blobStore';
import { discardTestEngine, testEngine } from '../gpu/testing/testEngine';
import type { ExportResult } from '../session/protocol/commands';
import type { Event, EventOf } from '../session/protocol/events';
import { RestoreBudget } from '../session/run/restoreBudget';
import { Session } from '../session/session';
import type { CommonConfig, RunConfig } from '../shared/config';
import { nodePorts } from './nodePorts';
import { pictures, reached, tensorsOf, tinyRuns, twoClips } from './session.testing';

let config: RunConfig = tinyRuns.biggan;
let clipIo: LoadIo;
const eyes = { kind: 'manifest', id: 'eyes' } as const;

/** A session whose devices can be taken away. */
class Rig {
  readonly events: Event[] = [];
  readonly session: Session;
  private readonly devices: GPUDevice[] = [];
  private readonly watchers = new Set<(event: Event) => void>();

  constructor(restores?: RestoreBudget) {
    const ports = nodePorts((event) => {
      this.events.push(event);
      for (const watcher of this.watchers) watcher(event);
    }, new MemoryBlobStore());
    const gpu = ports.gpu;
    const remembered = { requestAdapter: async () => this.remembering(await gpu?.requestAdapter()) } as unknown as GPU;
    this.session = new Session({ ...ports, gpu: remembered, clipIo }, restores);
  }

  private remembering(adapter: GPUAdapter | null | undefined): GPUAdapter | null {
    if (!adapter) return null;
    const request = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await request(descriptor);
      this.devices.push(device);
      return device;
    };
    return adapter;
  }

  get deviceCount(): number {
    return this.devices.length;
  }

  loseDevice(): void {
    this.devices.at(-1)?.destroy();
  }

  async start(changes: Partial<CommonConfig> = {}): Promise<void> {
    await this.session.handle({ type: 'hello', id: 0, version: 1, modelsUrl: '' });
    await this.session.handle({
      type: 'import',
      id: 1,
      classes: ['red', 'blue'],
      items: await pictures(),
      resolution: 32,
    });
    await this.session.handle({ type: 'start', id: 2, config: { ...config, ...changes }, clip: eyes });
  }

  /** Resolves with the first event from now on that fits. */
  next(fits: (event: Event) => boolean): Promise<Event> {
    return new Promise((resolve) => {
      const watcher = (event: Event): void => {
        if (!fits(event)) return;
        this.watchers.delete(watcher);
        resolve(event);
      };
      this.watchers.add(watcher);
    });
  }

  /** Resolves with the `count`-th restored GPU from now on. */
  async restored(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1)
      await this.next((event) => event.type === 'notice' && event.code === 'gpu-restored');
  }

  ended(): Promise<Event> {
    return this.next((event) => event.type === 'state' && ['finished', 'stopped', 'failed'].includes(event.state));
  }

  async export(): Promise<ExportResult> {
    const result = await this.session.handle({ type: 'export', id: 9 });
    if (!result) throw new Error('no export');
    return result;
  }

  ofType<T extends Event['type']>(type: T): EventOf<T>[] {
    return this.events.filter((event): event is EventOf<T> => event.type === type);
  }

  notice(code: string): EventOf<'notice'>[] {
    return this.ofType('notice').filter((notice) => notice.code === code);
  }
}

afterAll(async () => {
  discardTestEngine();
  await testEngine();
});

// Of one base model: what is lost and begun again is stored by the same code for all of them (savedRun.gpu.test.ts).
describe('a lost GPU', () => {
  beforeAll(async () => {
    config = tinyRuns.biggan;
    clipIo = await twoClips();
  });

  it('is replaced, while preparing, training and paused, and the run ends with the very networks that an undisturbed one ends with', async () => {
    const calm = new Rig();
    const calmEnd = calm.ended();
    await calm.start();
    await calmEnd;
    const expected = tensorsOf(await calm.export());
    await calm.session.close();

    const rig = new Rig();
    const end = rig.ended();
    void rig.next((event) => event.type === 'clusters').then(() => rig.loseDevice());
    void rig.next(reached(1)).then(() => rig.loseDevice());
    const again = rig.restored(2);
    await rig.start();
    await again;
    await rig.session.handle({ type: 'pause', id: 5 });
    const paused = rig.restored(1);
    rig.loseDevice();
    await paused;
    expect(rig.ofType('state').at(-1)?.state).toBe('paused');
    await rig.session.handle({ type: 'resume', id: 6 });
    expect(await end).toEqual({ type: 'state', state: 'finished' });

    expect(rig.deviceCount).toBe(4);
    const lost = /^The GPU was lost at iteration \d+ and has been restored; \d+ iterations? (are|is) repeated\.$/;
    expect(rig.notice('gpu-restored').map(({ text }) => text)).toEqual([
      expect.stringContaining('while the run was being prepared'),
      expect.stringMatching(lost),
      expect.stringMatching(lost),
    ]);
    expect(rig.ofType('failed')).toEqual([]);
    // The pictures were looked at once, and the states that the page was shown know nothing of the losses.
    expect(rig.ofType('progress').filter(({ phase, done }) => phase === 'features' && done === 0)).toHaveLength(1);
    expect(rig.ofType('state').map(({ state }) => state)).toEqual([
      'idle',
      'importing',
      'ready',
      'preparing',
      'training',
      'paused',
      'training',
      'finished',
    ]);

    const exported = await rig.export();
    const actual = tensorsOf(exported);
    expect([...actual.keys()]).toEqual([...expected.keys()]);
    expect([...expected].filter(([name, data]) => actual.get(name) !== data).map(([name]) => name)).toEqual([]);
    // One continuous history, without the repeated iterations.
    const metrics = Buffer.from(
      exported.files.find(({ name }) => name === 'metrics.csv')?.bytes ?? new ArrayBuffer(0),
    ).toString();
    const iterations = metrics
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',')[0]));
    expect(iterations).toEqual([...new Set(iterations)].toSorted((a, b) => a - b));
    expect(iterations.at(-1)).toBe(12);
    await rig.session.close();
  });

  it('for which there is no other ends the run, with what was saved; a stop leaves the grid as the networks are', async () => {
    const rig = new Rig(new RestoreBudget(undefined, 0));
    const long = { kimg: 4, clipHead: { ...config.clipHead, weight: 0 } };
    const training = rig.next(reached(2));
    await rig.start(long);
    await training;
    await rig.session.handle({ type: 'stop', id: 7 });
    expect(rig.events.at(-1)).toEqual({ type: 'state', state: 'stopped' });
    expect(rig.ofType('samples').at(-1)?.iteration).toBe(rig.ofType('stats').at(-1)?.points.at(-1)?.iteration);

    const second = rig
      .next((event) => event.type === 'state' && event.state === 'training')
      .then(() => rig.next(reached(2)));
    const failed = rig.ended();
    await rig.session.handle({ type: 'start', id: 8, config: { ...config, ...long }, clip: eyes });
    await second;
    rig.loseDevice();
    expect(await failed).toEqual({ type: 'state', state: 'failed' });
    expect(rig.deviceCount).toBe(1);
    expect(rig.ofType('failed').map(({ error }) => error)).toEqual([
      expect.objectContaining({ code: 'device-lost', why: expect.stringContaining('It was lost once') }),
    ]);
    for (let times = 0; times < 2; times += 1) expect(tensorsOf(await rig.export()).size).toBeGreaterThan(20);
    await rig.session.close();
  });
});
