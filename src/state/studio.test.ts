/** The store without React, a worker or a GPU: a user's journey, and everything that can come in between. */
import { describe, expect, it, vi } from 'vitest';
import type { Event, InterruptedRun } from '../session/protocol/events';
import { presets } from '../shared/config';
import { StudioError } from '../shared/errors';
import { imageIndex, slotIndex } from '../shared/indices';
import { keptReadings } from './keptReadings';
import { initialRun } from './runState';
import { Studio } from './studio';
import { imageFile, isBlocked, readingWarnings, wouldLoseWork } from './studioState';
import { picture, testPorts, type ManualSession, type TestPorts } from './testing';

const animals = ['cat/1.png', 'cat/2.png', 'dog/1.png', 'unlabeled/1.png', 'unlabeled/2.png', 'notes.txt'].map(picture);
const error = (code: 'clip-download' | 'adapter-missing') =>
  new StudioError({ code, what: 'It failed.', why: '', action: 'Try again.' });
const stats = (iteration: number): Event => ({
  type: 'stats',
  points: [{ iteration, kimg: iteration / 100, values: { lossD: 1, lossG: 2 } }],
});
const samples = (iteration: number): Event => ({
  type: 'samples',
  iteration,
  kimg: iteration / 100,
  columns: 2,
  rows: [0, 1].map(slotIndex),
  size: 2,
  rgba: new ArrayBuffer(2 * 2 * 16),
});
const progress = (phase: 'labels' | 'prompts'): Event => ({
  type: 'progress',
  phase,
  label: phase,
  done: 1,
  total: 2,
  unit: 'steps',
  secondsLeft: null,
});
const notice = (text: string): Event => ({ type: 'notice', tone: 'warning', code: 'x', text, action: '' });
const idle = () => undefined;

function open(files = animals): { studio: Studio; ports: TestPorts; session: () => ManualSession } {
  const ports = testPorts(files);
  const studio = new Studio(ports);
  const session = () => {
    const last = ports.sessions.at(-1);
    if (!last) throw new Error('no session was opened');
    return last;
  };
  return { studio, ports, session };
}

async function training(): Promise<ReturnType<typeof open>> {
  const opened = open();
  await opened.studio.boot();
  await opened.studio.data.openDrop([], 'animals');
  await opened.studio.running.start();
  opened.session().emit({ type: 'state', state: 'training' }, stats(1), samples(1));
  opened.ports.frame();
  return opened;
}

describe('a journey', () => {
  it('reads a drop, imports it with its labels and shows the review', async () => {
    const { studio, session } = open();
    await studio.boot();
    await studio.data.openDrop([], 'animals');
    expect(studio.state.stage).toBe('review');
    expect(studio.state.source?.reading.sentence).toContain('2 classes, 3 labeled, 2 unlabeled');
    expect(session().imported?.items.map(({ label }) => label)).toEqual([0, 0, 1, -1, -1]);
    expect(session().imported?.clip).toEqual({ kind: 'manifest', id: 'clip-lit' });
    expect(studio.state.dataset?.labeledPerClass).toEqual([2, 1]);
    expect(studio.state.session).toBe('ready');
    expect(studio.state.source?.reading.ignored).toContainEqual({ path: 'empty/', reason: 'an empty folder' });
  });

  it('reads the pictures again where another resolution is chosen, and only then', async () => {
    const { studio, session } = open();
    await studio.boot();
    await studio.data.openDrop([], 'animals');
    const imports = (): number => session().calls.filter((call) => call === 'import').length;
    studio.setup.setConfig({ ...presets.tiny, resolution: 64, preset: 'custom' });
    await Promise.resolve();
    expect(imports()).toBe(2);
    expect(session().imported?.resolution).toBe(64);
    studio.setup.setConfig({ ...studio.state.config, batch: 16, preset: 'custom' });
    expect(imports()).toBe(2);
    studio.setup.choosePreset('standard');
    await Promise.resolve();
    expect(session().imported?.resolution).toBe(32);
  });

  it('takes dropped CLIP files for a CLIP, beside the pictures that are there', async () => {
    const { studio, ports } = open();
    await studio.boot();
    await studio.data.openDrop([], 'animals');
    ports.readDrop = async () =>
      ['onnx/vision_model.onnx', 'onnx/vision_model.onnx_data', 'tokenizer.json'].map(picture);
    await studio.data.openDrop([], 'clip');
    expect(studio.state.clip).toMatchObject({
      kind: 'files',
      files: [{ name: 'vision_model.onnx' }, { name: 'vision_model.onnx_data' }, { name: 'tokenizer.json' }],
    });
    expect([studio.state.stage, studio.state.source?.name, studio.state.reading]).toEqual(['review', 'animals', null]);
  });

  it('starts with the chosen configuration and moves to the run', async () => {
    const { studio, session } = open();
    await studio.boot();
    await studio.data.openDrop([], 'animals');
    studio.setup.choosePreset('cifar');
    await studio.running.start();
    expect(session().started).toMatchObject({
      config: { preset: 'cifar' },
      clip: { kind: 'manifest', id: 'clip-lit' },
    });
    expect(studio.state.stage).toBe('run');
    expect(studio.state.session).toBe('preparing');
  });

  it('pauses, resumes, stops and exports a zip named after day and length', async () => {
    const { studio, ports, session } = await training();
    session().emit(stats(150));
    await studio.running.pause();
    expect(studio.state.session).toBe('paused');
    expect(await studio.running.export()).toBe(true);
    expect(ports.saved[0]?.name).toBe('lcp-gan-2026-11-22-1.5kimg.zip');
    const head = new Uint8Array(await (ports.saved[0]?.contents ?? new Blob()).arrayBuffer()).subarray(0, 4);
    expect([...head]).toEqual([0x50, 0x4b, 3, 4]);
    await studio.running.resume();
    await studio.running.stop();
    expect(session().calls).toEqual(['import', 'start', 'pause', 'export', 'resume', 'stop']);
    expect(studio.state.session).toBe('stopped');
  });

  it('asks before it ends a run that has taken a while', async () => {
    const { studio, session, ports } = await training();
    const { now } = ports;
    ports.now = () => now() + 3_600_000;
    await studio.running.stop();
    expect(session().calls).not.toContain('stop');
    expect(studio.state.question).toEqual({ kind: 'stop' });
    await studio.confirmation.answer(false);
    expect(studio.state).toMatchObject({ question: null, session: 'training' });
    await studio.running.stop();
    await studio.confirmation.answer(true);
    expect(studio.state).toMatchObject({ question: null, session: 'stopped' });
  });

  it('asks before it discards what a long run has made, until that is exported', async () => {
    const { studio, session, ports } = await training();
    const { now } = ports;
    await studio.running.stop();
    ports.now = () => now() + 3_600_000;
    studio.data.closeData();
    expect(studio.state).toMatchObject({ question: { kind: 'close' }, stage: 'run' });
    await studio.confirmation.answer(false);
    studio.newRun();
    await studio.running.start();
    expect(studio.state).toMatchObject({ question: { kind: 'start' }, stage: 'review' });
    expect(session().calls.filter((call) => call === 'start')).toHaveLength(1);
    await studio.confirmation.answer(false);
    await studio.data.openDrop([], 'other');
    expect(studio.state.question).toEqual({ kind: 'drop', name: 'other' });
    await studio.confirmation.answer(false);
    await studio.running.export();
    studio.data.closeData();
    expect(studio.state).toMatchObject({ question: null, stage: 'welcome' });
  });

  it('a question about ending a run goes when the run ends by itself', async () => {
    const { studio, session, ports } = await training();
    const { now } = ports;
    ports.now = () => now() + 3_600_000;
    await studio.running.stop();
    session().emit({ type: 'state', state: 'finished' });
    ports.frame();
    expect(studio.state.question).toBeNull();
  });

  it('ends a run that has just begun at once', async () => {
    const { studio } = await training();
    await studio.running.stop();
    expect(studio.state.session).toBe('stopped');
  });

  it('finds the file behind an image that was decoded', async () => {
    const { studio, session, ports } = open();
    await studio.boot();
    await studio.data.openDrop([], 'animals');
    const summary = studio.state.dataset;
    if (!summary) throw new Error('no data set');
    session().emit({ type: 'dataset', summary, decoded: Uint32Array.of(0, 3) });
    ports.frame();
    expect(imageFile(studio.state, imageIndex(1))).toBe(animals[3]?.file);
    expect(imageFile(studio.state, imageIndex(2))).toBeUndefined();
  });
});

describe('events', () => {
  it('are applied once a frame, however many there are', async () => {
    const { studio, session, ports } = await training();
    let renders = 0;
    studio.store.subscribe(() => {
      renders += 1;
    });
    for (let i = 2; i < 200; i += 1) session().emit(stats(i));
    expect(renders).toBe(0);
    ports.frame();
    expect(renders).toBe(1);
    expect(studio.state.run.latest?.iteration).toBe(199);
    expect(studio.series.length).toBe(199);
    expect(studio.state.run.seriesRevision).toBe(studio.series.revision);
  });

  it('leave what they do not touch identical, so that screens skip it', async () => {
    const { studio, session, ports } = await training();
    const before = studio.state;
    session().emit(stats(5));
    ports.frame();
    expect(studio.state).not.toBe(before);
    expect(studio.state.source).toBe(before.source);
    expect(studio.state.run.clusters).toBe(before.run.clusters);
    expect(studio.state.config).toBe(before.config);
  });

  it('mark phases done, active and waiting, also when a phase comes again', async () => {
    const { studio, session, ports } = await training();
    session().emit(progress('prompts'));
    ports.frame();
    expect(studio.state.run.phases).toMatchObject({
      clip: 'done',
      labels: 'done',
      prompts: 'active',
      train: 'waiting',
    });
    session().emit(progress('labels'));
    ports.frame();
    expect(studio.state.run.phases).toMatchObject({ features: 'done', labels: 'active', prompts: 'waiting' });
  });

  it('announce a phase once, not at each tick', async () => {
    const { studio, session, ports } = await training();
    const heard: string[] = [];
    studio.store.subscribe((state, before) => {
      if (state.announcement !== before.announcement) heard.push(state.announcement);
    });
    for (let done = 0; done < 5; done += 1) {
      session().emit({
        type: 'progress',
        phase: 'train',
        label: 'Training',
        done,
        total: 5,
        unit: 'kimg',
        secondsLeft: 9,
      });
      ports.frame();
    }
    expect(heard).toEqual(['Train.']);
  });

  it('keep a bounded log without repeating the same notice', async () => {
    const { studio, session, ports } = await training();
    session().emit(notice('a'), notice('a'), notice('b'));
    for (let i = 0; i < 300; i += 1) session().emit(notice(String(i)));
    ports.frame();
    expect(studio.state.run.notices).toHaveLength(200);
    expect(new Set(studio.state.run.notices.map(({ id }) => id)).size).toBe(200);
    expect(studio.state.run.notices.at(-1)?.text).toBe('299');
  });

  it('choose the small preset on a software adapter, unless the user chose before', async () => {
    const adapter = {
      vendor: 'google',
      architecture: 'swiftshader',
      description: '',
      isFallback: false,
      f16: false,
      subgroups: false,
      maxBufferBytes: 1,
    };
    const { studio, session, ports } = open();
    await studio.boot();
    session().emit({ type: 'adapter', adapter });
    ports.frame();
    expect(studio.state.config.preset).toBe('standard');
    session().emit({ type: 'adapter', adapter: { ...adapter, isFallback: true } });
    ports.frame();
    expect(studio.state.config.preset).toBe('tiny');
    studio.setup.choosePreset('cifar');
    session().emit({ type: 'adapter', adapter });
    ports.frame();
    expect(studio.state.config.preset).toBe('cifar');
  });
});

describe('what goes wrong', () => {
  it('an empty folder stays on the first screen with a problem', async () => {
    const { studio } = open([picture('notes.txt')]);
    await studio.boot();
    await studio.data.openDrop([], 'empty');
    expect(studio.state).toMatchObject({ stage: 'welcome', reading: null, problem: { code: 'folder-empty' } });
  });

  it('one class is imported, with a warning', async () => {
    const { studio, session } = open(['cat/1.png', '2.png'].map(picture));
    await studio.boot();
    await studio.data.openDrop([], 'cats');
    expect(studio.state.stage).toBe('review');
    expect(studio.state.source?.reading.warnings[0]).toMatchObject({ code: 'one-class', blocking: false });
    expect(session().calls).toEqual(['import']);
  });

  it('pictures without any label are read, and can be trained on once some are labeled here', async () => {
    const { studio, session, ports } = open(['a.png', 'b.png', 'c.png'].map(picture));
    await studio.boot();
    await studio.data.openDrop([], 'photos');
    ports.frame();
    expect(session().calls).toEqual(['import']);
    const told = () => readingWarnings(studio.state).filter(({ code }) => !code.startsWith('few-'));
    expect([isBlocked(studio.state), told().map(({ code }) => code)]).toEqual([true, ['no-labels']]);
    expect(studio.labeling.addClass('cat')).toBe(true);
    expect([isBlocked(studio.state), told().map(({ code }) => code)]).toEqual([true, ['no-labels']]);
    studio.labeling.addClass('dog');
    studio.labeling.label(Uint32Array.of(0), 0, 'a cat');
    expect(told().map(({ code }) => code)).toEqual(['class-without-labels', 'small-class']);
    studio.labeling.label(Uint32Array.of(1), 1, 'a dog');
    expect([isBlocked(studio.state), told().map(({ code }) => code)]).toEqual([false, ['small-class']]);
    expect(studio.state.renewed?.sentence).toMatch(/^2 classes, 2 labeled, 1 unlabeled/);
  });

  it('reading is cancelled while files are listed and while pictures are decoded: the page is as before', async () => {
    const { studio, session, ports } = open();
    await studio.boot();
    const first = ports.readDrop;
    ports.readDrop = (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const listing = studio.data.openDrop([], 'a disk');
    expect([studio.state.reading?.kind, ports.unfinishedReading.get()?.name]).toEqual(['folder', 'a disk']);
    await studio.data.cancel();
    await listing;
    expect(studio.state).toMatchObject({ stage: 'welcome', reading: null, source: null, problem: null });
    expect(ports.unfinishedReading.get()).toBeNull();

    ports.readDrop = first;
    await studio.data.openDrop([], 'animals');
    const { imported } = session();
    expect(studio.state.dataset?.imageCount).toBeGreaterThan(0);
    let end = (): void => undefined;
    const decoding = new Promise<void>((_resolve, reject) => {
      end = () => reject(new DOMException('aborted', 'AbortError'));
    });
    session().answers = { import: () => decoding, cancelImport: async () => end() };
    const second = studio.data.openDrop([], 'others');
    await vi.waitFor(() => expect(studio.state.source?.name).toBe('others'));
    await vi.waitFor(() => expect(session().calls.filter((call) => call === 'import')).toHaveLength(2));
    session().answers = { cancelImport: async () => end() };
    await studio.data.cancel();
    await second;
    expect(studio.state).toMatchObject({ stage: 'review', importProgress: null, problem: null });
    expect(studio.state.source?.name).toBe('animals');
    expect(session().imported?.items.map(({ path }) => path)).toEqual(imported?.items.map(({ path }) => path));
  });

  it('while pictures are laid over another colour the page says what it knows of them; cancelled, they lie on the old one', async () => {
    const { studio, session, ports } = open();
    await studio.boot();
    await studio.data.openDrop([], 'animals');
    const { dataset } = studio.state;
    if (!dataset) throw new Error('nothing was imported');
    const noted = { transparent: { count: 2, first: 'a.png' } };
    session().emit({ type: 'dataset', summary: { ...dataset, noted }, decoded: Uint32Array.of(0, 1) });
    ports.frame();
    let end = (): void => undefined;
    const decoding = new Promise<void>((_resolve, reject) => {
      end = () => reject(new DOMException('aborted', 'AbortError'));
    });
    session().answers = { import: () => decoding, cancelImport: async () => end() };
    const laid = studio.data.layOver('#000000');
    await vi.waitFor(() => expect(session().calls.filter((call) => call === 'import')).toHaveLength(2));
    // The control that the colour was chosen by stays in its place, and the keyboard on it.
    expect(studio.state.importProgress).not.toBeNull();
    expect(readingWarnings(studio.state).map(({ code }) => code)).toContain('transparent');
    expect(studio.state.source?.corrected.matte).toBe('#000000');
    session().answers = { cancelImport: async () => end() };
    await studio.data.cancel();
    await laid;
    expect(studio.state).toMatchObject({ stage: 'review', importProgress: null, problem: null });
    expect([studio.state.source?.corrected.matte, session().imported?.matte]).toEqual([undefined, undefined]);
  });

  it('names in an archive are read anew in the encoding that a person says', async () => {
    const { studio, ports } = open();
    const archive = picture('set.zip');
    const asked: { listed: unknown; encoding: string | undefined }[] = [];
    ports.readDrop = async (source, { decoded, listed, encoding }) => {
      asked.push({ listed: 'listed' in source ? source.listed : null, encoding });
      listed([archive]);
      decoded(encoding ?? 'big5');
      return [`set/${encoding ?? 'guess'}/1.png`, `set/dog/1.png`].map(picture);
    };
    await studio.boot();
    await studio.data.openDrop([], 'set.zip');
    expect(readingWarnings(studio.state).map(({ code }) => code)).toContain('names-decoded');
    await studio.data.readNamesAs('shift_jis');
    expect(asked).toEqual([
      { listed: null, encoding: undefined },
      { listed: [archive], encoding: 'shift_jis' },
    ]);
    expect(studio.state.dataset?.classes).toEqual(['dog', 'shift_jis']);
    expect(studio.state.source?.listed).toEqual([archive]);
  });

  it('a refused start keeps the settings on the screen and says why', async () => {
    const { studio, session } = open();
    await studio.boot();
    await studio.data.openDrop([], 'animals');
    session().refuse = error('clip-download');
    await studio.running.start();
    expect(studio.state).toMatchObject({ stage: 'review', problem: { code: 'clip-download' }, busy: {} });
  });

  it('no adapter blocks the whole page', async () => {
    const { studio, session, ports } = open();
    await studio.boot();
    session().emit({ type: 'failed', error: error('adapter-missing').info });
    ports.frame();
    expect(studio.state.blocked?.code).toBe('adapter-missing');
  });

  it('a failed export is a problem, not a file', async () => {
    const { studio, session, ports } = await training();
    session().refuse = new Error('disk on fire');
    expect(await studio.running.export()).toBe(false);
    expect(ports.saved).toEqual([]);
    expect(studio.state.problem?.code).toBe('internal');
  });

  it('after a failure a fresh session gets the same pictures', async () => {
    const { studio, session, ports } = await training();
    const first = session();
    first.emit({ type: 'failed', error: error('clip-download').info });
    ports.frame();
    expect(studio.state.session).toBe('failed');
    await studio.data.retry();
    expect(first.disposed).toBe(true);
    expect(session()).not.toBe(first);
    expect(session().imported?.items).toHaveLength(5);
  });

  it('pictures wait for a session that is still booting', async () => {
    const { studio, session, ports } = open();
    let boot: () => void = idle;
    const createSession = ports.createSession.bind(ports);
    ports.createSession = () => {
      const made = createSession();
      const subscribe = made.on.bind(made);
      made.on = (listener) =>
        subscribe((event) =>
          event.type === 'state' && event.state === 'idle' ? (boot = () => listener(event)) : listener(event),
        );
      return made;
    };
    await studio.boot();
    const opening = studio.data.openDrop([], 'animals');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(session().calls).toEqual([]);
    expect(studio.state.importProgress).not.toBeNull();
    boot();
    await opening;
    expect(studio.state.session).toBe('ready');
  });

  it('a drop during a run asks first, and changes nothing when refused', async () => {
    const { studio, session } = await training();
    const first = session();
    await studio.data.openDrop([], 'other');
    expect(studio.state.question).toEqual({ kind: 'drop', name: 'other' });
    await studio.confirmation.answer(false);
    expect(studio.state).toMatchObject({
      question: null,
      stage: 'run',
      session: 'training',
      source: { name: 'animals' },
    });
    expect(first.disposed).toBe(false);
    await studio.data.openDrop([], 'other');
    await studio.confirmation.answer(true);
    expect(first.disposed).toBe(true);
    expect(studio.state).toMatchObject({ stage: 'review', source: { name: 'other' }, run: { latest: null } });
    expect(studio.samples.length).toBe(0);
  });

  it('other data after a run reuse the session, and nothing of the run is left', async () => {
    const { studio, session } = await training();
    await studio.running.stop();
    studio.data.closeData();
    expect(studio.state).toMatchObject({ stage: 'welcome', source: null, run: initialRun() });
    await studio.data.openDrop([], 'more animals');
    expect(session().disposed).toBe(false);
    expect(session().calls).toEqual(['import', 'start', 'stop', 'import']);
    expect(studio.state).toMatchObject({ stage: 'review', session: 'ready', source: { name: 'more animals' } });
  });

  it('of two drops in a row the later one wins', async () => {
    const { studio, ports } = open();
    await studio.boot();
    let finishFirst: (files: typeof animals) => void = idle;
    const { readDrop } = ports;
    ports.readDrop = () => new Promise((resolve) => (finishFirst = resolve));
    const first = studio.data.openDrop([], 'first');
    ports.readDrop = readDrop;
    await studio.data.openDrop([], 'second');
    finishFirst(animals);
    await first;
    expect(studio.state.source?.name).toBe('second');
  });

  it('a CLIP that is dropped while pictures are on their way takes none of their place', async () => {
    const { studio, ports, session } = open();
    await studio.boot();
    const { readDrop } = ports;
    const opening = studio.data.openDrop([], 'animals');
    ports.readDrop = async () => [picture('model.onnx')];
    // The pictures are being listed, and wait for the session afterwards.
    await Promise.all([opening, studio.data.openDrop([], 'clip')]);
    expect(studio.state).toMatchObject({
      source: { name: 'animals' },
      session: 'ready',
      importProgress: null,
      reading: null,
      clip: { kind: 'files' },
    });
    ports.readDrop = readDrop;
    // The other way round: the CLIP is listed last, though it was dropped first.
    let finishClip: (files: typeof animals) => void = idle;
    ports.readDrop = () => new Promise((resolve) => (finishClip = resolve));
    const clip = studio.data.openDrop([], 'clip');
    ports.readDrop = readDrop;
    await studio.data.openDrop([], 'more animals');
    finishClip([picture('other.onnx')]);
    await clip;
    expect(studio.state).toMatchObject({
      source: { name: 'more animals' },
      clip: { kind: 'files', files: [{ name: 'other.onnx' }] },
    });
    expect(session().calls).toEqual(['import', 'import']);
  });

  it('a drop without pictures leaves those alone that are on their way', async () => {
    const { studio, ports } = open();
    await studio.boot();
    const opening = studio.data.openDrop([], 'animals');
    ports.readDrop = async () => [];
    await Promise.all([opening, studio.data.openDrop([], 'empty')]);
    expect(studio.state).toMatchObject({
      source: { name: 'animals' },
      session: 'ready',
      importProgress: null,
      reading: null,
    });
  });

  it('another resolution, chosen while a drop is being listed, does not lose the drop', async () => {
    const { studio, ports } = open();
    await studio.boot();
    await studio.data.openDrop([], 'animals');
    let list: (files: typeof animals) => void = idle;
    ports.readDrop = () => new Promise((resolve) => (list = resolve));
    const opening = studio.data.openDrop([], 'other');
    studio.setup.setConfig({ ...presets.tiny, resolution: 64, preset: 'custom' });
    list(animals);
    await opening;
    expect(studio.state).toMatchObject({
      source: { name: 'other' },
      session: 'ready',
      reading: null,
      importProgress: null,
    });
  });

  it('does not send a command twice while it is on its way', async () => {
    const { studio, session } = await training();
    await Promise.all([studio.running.pause(), studio.running.pause()]);
    expect(session().calls.filter((call) => call === 'pause')).toHaveLength(1);
  });
});

describe('a run that was left', () => {
  const interrupted: InterruptedRun = {
    id: 'r',
    classes: ['cat', 'dog'],
    imageCount: 5,
    iteration: 3,
    iterations: 10,
    kimg: 0.1,
    savedAt: 1,
    config: { ...presets.tiny, resolution: 64, preset: 'custom' },
    clip: 'clip-nano',
    fits: true,
  };

  it('goes on with its own settings, its pictures read at its resolution', async () => {
    const { studio, ports, session } = open();
    await studio.boot();
    await studio.data.openDrop([], 'animals');
    session().emit({ type: 'interrupted', run: interrupted });
    ports.frame();
    studio.setup.chooseClip({ kind: 'files', files: [] });
    await studio.interrupted.resume();
    expect(session().imported?.resolution).toBe(64);
    expect(session().started).toEqual({
      config: interrupted.config,
      clip: { kind: 'manifest', id: 'clip-nano' },
      resume: 'must',
      run: 'r',
    });
    expect(studio.state).toMatchObject({ stage: 'run', config: interrupted.config });
  });

  it('of other pictures is told of, and not gone on with', async () => {
    const { studio, ports, session } = open();
    await studio.boot();
    await studio.data.openDrop([], 'animals');
    session().emit({ type: 'interrupted', run: { ...interrupted, fits: false } });
    ports.frame();
    await studio.interrupted.resume();
    expect(session().calls).not.toContain('start');
    await studio.running.start();
    expect(session().started?.resume).toBeUndefined();
  });

  it('is forgotten after a question, and known no more once other pictures come', async () => {
    const { studio, ports, session } = open();
    await studio.boot();
    session().emit({ type: 'interrupted', run: interrupted });
    ports.frame();
    studio.interrupted.forget();
    expect(studio.state.question).toEqual({ kind: 'forget' });
    await studio.confirmation.answer(false);
    expect([studio.state.interrupted?.id, session().forgotten]).toEqual(['r', []]);
    studio.interrupted.forget();
    await studio.confirmation.answer(true);
    expect([studio.state.interrupted, session().forgotten]).toEqual([null, ['r']]);
    session().emit({ type: 'interrupted', run: interrupted });
    ports.frame();
    await studio.data.openDrop([], 'animals');
    expect(studio.state.interrupted).toBeNull();
  });
});

describe('wouldLoseWork', () => {
  it('is true during a run, and afterwards until the result was exported', async () => {
    const { studio } = await training();
    expect(wouldLoseWork(studio.state)).toBe(true);
    await studio.running.stop();
    expect(wouldLoseWork(studio.state)).toBe(true);
    await studio.running.export();
    expect(wouldLoseWork(studio.state)).toBe(false);
  });

  it('is false before a run', async () => {
    const { studio } = open();
    await studio.boot();
    await studio.data.openDrop([], 'animals');
    expect(wouldLoseWork(studio.state)).toBe(false);
  });
});

describe('sheets', () => {
  const cell = { width: 32, height: 32 };
  const withSheet = () => {
    const opened = open();
    const { ports } = opened;
    const cuts: unknown[] = [];
    const kept = new Map<string, string>();
    ports.keptReadings = keptReadings({
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
    });
    ports.readDrop = async () => [picture('set/sheet.png')];
    ports.sheets = {
      offer: async () => ({ sheets: ['set/sheet.png'], cell, seen: true, cells: 3 }),
      cut: async (_, facts, sheets, size) => {
        cuts.push([sheets, size]);
        return {
          files: ['set/sheet#1-1.png', 'set/sheet#1-2.png'].map(picture),
          verdicts: [null, null],
          labelFiles: facts.labelFiles,
          skipped: [],
          cut: [{ sheet: 'set/sheet.png', pictures: 2, cell: size, empty: 1, left: { width: 0, height: 0 } }],
        };
      },
    };
    return { ...opened, cuts };
  };
  const codes = (studio: ReturnType<typeof open>['studio']) => readingWarnings(studio.state).map(({ code }) => code);
  const pathsOf = (studio: ReturnType<typeof open>['studio']) => studio.state.source?.files.map(({ path }) => path);

  it('are offered, cut by one press, whole again by another, and cut at once in the next drop', async () => {
    const { studio, cuts } = withSheet();
    await studio.boot();
    await studio.data.openDrop([], 'set');
    expect(codes(studio)).toContain('sheet-offer');
    expect(pathsOf(studio)).toEqual(['set/sheet.png']);
    await studio.data.cutSheets(cell);
    expect(cuts).toEqual([[['set/sheet.png'], cell]]);
    expect(pathsOf(studio)).toEqual(['set/sheet#1-1.png', 'set/sheet#1-2.png']);
    expect(studio.state.dataset?.imageCount).toBe(2);
    expect(codes(studio)).toContain('sheets-in-cells');
    expect(codes(studio)).not.toContain('sheet-offer');
    // What is corrected besides leaves the cut as it is.
    const corrections = { 'set/sheet#1-1.png': { as: 'ignored' } } as const;
    await studio.data.correct({ corrections, labelsFrom: 'auto', cells: cell });
    expect([cuts.length, studio.state.dataset?.imageCount, studio.state.reading]).toEqual([1, 1, null]);
    await studio.data.cutSheets(null);
    expect(pathsOf(studio)).toEqual(['set/sheet.png']);
    expect(codes(studio)).toContain('sheet-offer');
    await studio.data.cutSheets({ width: 16, height: 16 });
    await studio.data.openDrop([], 'set');
    expect(cuts.at(-1)).toEqual([['set/sheet.png'], { width: 16, height: 16 }]);
    expect(codes(studio)).toContain('sheets-in-cells');
  });

  it('a cut that is cancelled leaves the page as it was, one that fails says so', async () => {
    const { studio, ports } = withSheet();
    await studio.boot();
    await studio.data.openDrop([], 'set');
    ports.sheets.cut = (...given) =>
      new Promise((_, reject) => given[4].addEventListener('abort', () => reject(new Error('aborted'))));
    const cutting = studio.data.cutSheets(cell);
    expect(studio.state.reading).toEqual({ kind: 'again', done: 0, total: 0 });
    await studio.data.cancel();
    await cutting;
    expect([studio.state.reading, studio.state.problem, pathsOf(studio)]).toEqual([null, null, ['set/sheet.png']]);
    ports.sheets.cut = () => Promise.reject(new Error('no room'));
    await studio.data.cutSheets(cell);
    expect(studio.state.problem?.code).toBe('internal');
    expect(pathsOf(studio)).toEqual(['set/sheet.png']);
  });
});

describe('traits', () => {
  const table = 'file,Smiling,Young\n1.png,1,1\n2.png,1,-1\n3.png,-1,-1\n';
  const files = [
    ...['1.png', '2.png', '3.png'].map(picture),
    { path: 'attr.csv', file: new File([table], 'attr.csv') },
  ];
  const codes = (studio: ReturnType<typeof open>['studio']) => readingWarnings(studio.state).map(({ code }) => code);

  it('are offered, make two classes once one is chosen, are given up, and chosen again in the next drop', async () => {
    const { studio, session, ports } = open(files);
    const kept = new Map<string, string>();
    ports.keptReadings = keptReadings({
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
    });
    await studio.boot();
    await studio.data.openDrop([], 'faces');
    expect([codes(studio).includes('trait-offer'), session().imported?.classes]).toEqual([true, []]);
    const choose = (trait: string | undefined) => studio.data.correct({ corrections: {}, labelsFrom: 'auto', trait });
    await choose('Smiling');
    expect(session().imported?.classes).toEqual(['not Smiling', 'Smiling']);
    expect(codes(studio)).toContain('labels-from-trait');
    await choose(undefined);
    expect([codes(studio).includes('trait-offer'), session().imported?.classes]).toEqual([true, []]);
    await choose('Young');
    await studio.data.openDrop([], 'faces');
    expect(session().imported?.classes).toEqual(['not Young', 'Young']);
    expect(session().imported?.items.map(({ label }) => label)).toEqual([1, 0, 0]);
  });

  it('are chosen while the page says so, and a choice that is cancelled changes nothing', async () => {
    const { studio, ports } = open(files);
    await studio.boot();
    await studio.data.openDrop([], 'faces');
    const { source } = studio.state;
    let end: (() => void) | undefined;
    const { interpretFolder } = ports;
    ports.interpretFolder = async (...given) => {
      await new Promise<void>((resolve) => (end = resolve));
      return interpretFolder(...given);
    };
    const choose = () => studio.data.correct({ corrections: {}, labelsFrom: 'auto', trait: 'Smiling' });
    const cancelled = choose();
    expect(studio.state.reading).toEqual({ kind: 'again', done: 0, total: 0 });
    await studio.data.cancel();
    end?.();
    await cancelled;
    expect([studio.state.reading, studio.state.source === source]).toEqual([null, true]);
    const chosen = choose();
    end?.();
    await chosen;
    expect([studio.state.reading, codes(studio).includes('labels-from-trait')]).toEqual([null, true]);
  });
});

describe('corrections of a reading', () => {
  const names = ['a/1.png', 'a/2.png', 'b/1.png', 'c/1.png'];

  it('read the folder anew, import it again, and are remembered for its next drop', async () => {
    const { studio, session } = open(names.map(picture));
    await studio.boot();
    await studio.data.openDrop([], 'letters');
    expect(session().imported?.classes).toEqual(['a', 'b', 'c']);
    const corrections = { b: { as: 'class', name: 'a' }, c: { as: 'unlabeled' } } as const;
    await studio.data.correct({ corrections, labelsFrom: 'auto' });
    expect(session().imported?.classes).toEqual(['a']);
    expect(session().imported?.items.map(({ label }) => label)).toEqual([0, 0, 0, -1]);
    expect(session().calls).toEqual(['import', 'import']);
  });

  it('a class of which nothing could be read stops the start, with the reason, until it is left out', async () => {
    const { studio, session, ports } = open(names.map(picture));
    await studio.boot();
    await studio.data.openDrop([], 'letters');
    const { dataset } = studio.state;
    if (!dataset) throw new Error('nothing was imported');
    const broken = [{ path: 'c/1.png', reason: 'The file is empty (0 bytes).' }];
    const summary = { ...dataset, labeledPerClass: [2, 1, 0], imageCount: 3, broken };
    session().emit({ type: 'dataset', summary, decoded: Uint32Array.from([0, 1, 2]) });
    ports.frame();
    expect(isBlocked(studio.state)).toBe(true);
    expect(readingWarnings(studio.state)[0]).toMatchObject({
      code: 'unreadable-class',
      why: expect.stringContaining('0 bytes'),
    });
    await studio.data.correct({ corrections: { c: { as: 'ignored' } }, labelsFrom: 'auto' });
    expect(isBlocked(studio.state)).toBe(false);
    expect(studio.state.source?.reading.classes).toEqual(['a', 'b']);
  });

  it('everything that was left out is named where nothing is left', async () => {
    const { studio } = open([picture('notes.txt')]);
    await studio.boot();
    await studio.data.openDrop([], 'x');
    expect(studio.state.leftOut.map(({ path }) => path)).toContain('notes.txt');
    expect(studio.state.problem?.why).toContain('notes.txt');
  });
});
