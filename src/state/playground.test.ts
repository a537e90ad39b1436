import { describe, expect, it, vi } from 'vitest';
import { presets } from '../shared/config';
import type { GeneratorFacts } from '../session/playground/drawn';
import type { Samples } from './latents';
import type { Wish } from './playground';
import { Studio } from './studio';
import { picture, testPorts } from './testing';

const facts: GeneratorFacts = {
  config: { ...presets.tiny, batch: 6 },
  classes: ['cat', 'a/b'],
  slots: [
    { slot: 0, classIndex: 0, cluster: 0 },
    { slot: 1, classIndex: 1, cluster: 0 },
    { slot: 2, classIndex: 1, cluster: 1 },
  ],
  latent: 2,
  resolution: 1,
  kimg: 3,
  hasReals: false,
};
const cat = { kind: 'class', classIndex: 0 } as const;
const wish: Wish = {
  count: 3,
  seed: 1,
  from: cat,
  to: cat,
  share: 0,
  truncation: null,
  psi: 1,
  amounts: [],
  nearest: false,
  mixing: null,
};

async function dropped(shown = facts) {
  const ports = testPorts(['export/checkpoint.safetensors', 'export/samples.png'].map(picture));
  const studio = new Studio(ports);
  await studio.boot();
  const [session] = ports.sessions;
  if (!session) throw new Error('no session');
  const asked: (Samples & { truncation: number; mixed?: Samples & { from: number } })[] = [];
  Object.assign(session.port, {
    openCheckpoint: async () => shown,
    draw: async (args: (typeof asked)[number]) => {
      asked.push(args);
      return { rgba: new Uint8Array((args.z.length / 2) * 4).buffer, size: 1, nearest: null };
    },
  });
  await studio.data.openDrop([], 'export');
  return { studio, ports, asked };
}

describe('the playground', () => {
  it('opens an export that is dropped, though a picture lies beside it, and asks for no data', async () => {
    const { studio } = await dropped();
    expect(studio.state).toMatchObject({ aside: 'playground', source: null, playground: { of: 'checkpoint', facts } });
  });

  it('draws the last of several wishes', async () => {
    const { studio, asked } = await dropped();
    const going = studio.playground.draw(wish);
    void studio.playground.draw({ ...wish, seed: 2 });
    void studio.playground.draw({ ...wish, seed: 3, to: { kind: 'class', classIndex: 1 }, share: 0.5 });
    await going;
    expect(asked).toHaveLength(2);
    expect([...(asked[1]?.u.subarray(0, 3) ?? [])]).toEqual([0.5, 0.25, 0.25]);
    expect(studio.state.playground.tiles?.count).toBe(3);
  });

  it('draws what was wished for while the generator was being opened, as the screen does', async () => {
    const { studio, ports, asked } = await dropped();
    let open = (): void => undefined;
    const opened = new Promise<GeneratorFacts>((resolve) => (open = () => resolve(facts)));
    Object.assign(ports.sessions[0]?.port ?? {}, { openCheckpoint: () => opened });
    const opening = studio.playground.openCheckpoint(new File([], 'checkpoint.safetensors'));
    await vi.waitFor(() => expect(studio.state.playground.busy).toBe('Opening the checkpoint'));
    await studio.playground.draw(wish);
    expect(asked).toEqual([]);
    open();
    await opening;
    expect(asked).toHaveLength(1);
    expect(studio.state.playground).toMatchObject({ busy: null, tiles: { count: 3 } });
  });

  it('opens what is dropped while the generator before still draws', async () => {
    const { studio, ports, asked } = await dropped();
    const drawing = studio.playground.draw(wish);
    const other = { ...facts, kimg: 9 };
    Object.assign(ports.sessions[0]?.port ?? {}, { openCheckpoint: async () => other });
    const file = new File([], 'other.safetensors');
    await studio.playground.openCheckpoint(file);
    await drawing;
    expect(asked).toHaveLength(1);
    expect(studio.state.playground).toMatchObject({ of: 'checkpoint', file, facts: other, tiles: null, busy: null });
  });

  it('keeps to the export that was dropped, though a run is at hand, until somebody comes without a file', async () => {
    const { studio, ports } = await dropped();
    const ofRun = { ...facts, kimg: 5 };
    Object.assign(ports.sessions[0]?.port ?? {}, { generator: async () => ofRun });
    // As the screen does when it appears.
    await studio.playground.openRun();
    expect(studio.state.playground).toMatchObject({ of: 'checkpoint', facts });
    studio.show('playground');
    expect(studio.state.playground).toMatchObject({ of: 'checkpoint', facts });
    ports.sessions[0]?.emit(
      { type: 'state', state: 'training' },
      { type: 'stats', points: [{ iteration: 1, kimg: 0.01, values: {} }] },
    );
    ports.frame();
    studio.show('playground');
    expect(studio.state.playground).toMatchObject({ of: 'run', file: null, facts: null });
    await studio.playground.openRun();
    expect(studio.state.playground).toMatchObject({ of: 'run', facts: ofRun });
  });

  it('truncates styles only where the generator has some', async () => {
    for (const [preset, truncation] of [
      ['tiny', 1],
      ['stylegan2', 0.5],
    ] as const) {
      const { studio, asked } = await dropped({ ...facts, config: presets[preset] });
      await studio.playground.draw({ ...wish, psi: 0.5 });
      expect(asked.map((args) => args.truncation)).toEqual([truncation]);
    }
  });

  it('mixes a grid of two sets of samples, of different classes and from a size on, where the generator can', async () => {
    const show = { kind: 'class', classIndex: 1 } as const;
    const mixing = { cut: 1, seed: 8, show };
    const { studio, asked } = await dropped({ ...facts, config: presets.stylegan2 });
    await studio.playground.draw({ ...wish, psi: 0.5, mixing });
    // Four columns by themselves, then four rows of a sample by itself and its four mixtures.
    const [drawn] = asked;
    const u = (of: { u: Float32Array } | undefined, i: number) => [...(of?.u.slice(3 * i, 3 * i + 3) ?? [])];
    const z = (of: { z: Float32Array } | undefined, i: number) => [...(of?.z.slice(2 * i, 2 * i + 2) ?? [])];
    expect(drawn?.mixed?.from).toBe(3);
    expect(drawn?.truncation).toBe(0.5);
    expect(u(drawn, 0)).toEqual([0, 0.5, 0.5]);
    expect(u(drawn, 4)).toEqual([1, 0, 0]);
    expect(u(drawn, 6)).toEqual([1, 0, 0]);
    expect(u(drawn?.mixed, 6)).toEqual([0, 0.5, 0.5]);
    for (const alone of [0, 1, 2, 3, 4, 9, 14, 19]) expect(z(drawn, alone)).toEqual(z(drawn?.mixed, alone));
    // The third row's second column.
    expect(z(drawn, 16)).toEqual(z(drawn, 14));
    expect(z(drawn?.mixed, 16)).toEqual(z(drawn, 1));
    expect(studio.state.playground.tiles).toMatchObject({ count: 24, columns: 4 });
    // What else is drawn is not mixed.
    await studio.playground.saveDataset({ ...wish, mixing }, 1);
    expect(asked.slice(1).map(({ mixed }) => mixed)).toEqual([undefined, undefined]);
  });

  it('draws samples as they are where a wish to mix meets a generator without styles', async () => {
    const { studio, asked } = await dropped();
    await studio.playground.draw({ ...wish, mixing: { cut: 0, seed: 8, show: cat } });
    expect(asked.map(({ mixed }) => mixed)).toEqual([undefined]);
    expect(studio.state.playground.tiles).toMatchObject({ count: 3, columns: null });
  });

  it('saves a folder a class, with clusters in turn, under names that every system can have', async () => {
    const { studio, ports, asked } = await dropped();
    await studio.playground.saveDataset(wish, 2);
    expect(asked.map(({ u }) => [...u])).toEqual([
      [1, 0, 0, 1, 0, 0],
      [0, 1, 0, 0, 0, 1],
    ]);
    expect(ports.saved.map(({ name }) => name)).toEqual(['generated-pictures.zip']);
    expect(await ports.saved[0]?.contents.text()).toContain('a_b/0001.png');
  });

  it('gives up a data set when told to, saves nothing of it, and draws on', async () => {
    const { studio, ports, asked } = await dropped();
    const saving = studio.playground.saveDataset(wish, 2);
    expect(studio.state.playground.cancellable).toBe(true);
    studio.playground.cancel();
    await saving;
    expect(asked).toHaveLength(1);
    expect(ports.saved).toEqual([]);
    expect(studio.state.playground).toMatchObject({ busy: null, cancellable: false, problem: null });
    await studio.playground.draw(wish);
    expect(studio.state.playground.tiles?.count).toBe(3);
  });

  it('gives up a data set of a generator that another takes the place of', async () => {
    const { studio, ports, asked } = await dropped();
    const saving = studio.playground.saveDataset(wish, 2);
    await studio.playground.openCheckpoint(new File([], 'other.safetensors'));
    await saving;
    expect(asked).toHaveLength(1);
    expect(ports.saved).toEqual([]);
    expect(studio.state.playground).toMatchObject({ facts, busy: null, problem: null });
  });

  it('is what the next run can begin with', async () => {
    const { studio } = await dropped();
    studio.library.forkCheckpoint();
    expect(studio.state).toMatchObject({ aside: null, config: { batch: 6 } });
    expect(studio.state.library.warmStart?.from.kind).toBe('file');
  });
});
