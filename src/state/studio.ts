/**
 * The store and what a user can do with it: the only bridge from the session to the screens. Works without React.
 * Actions never throw. Events are applied once a frame; an action that waited for a command applies what has arrived
 * meanwhile before it goes on. What would lose the work of minutes is asked about first (`question`).
 */
import { filesOfItems } from '../data/imageMap';
import type { DroppedFile, DropSource } from '../data/readDrop';
import type { ClipSource, EvaluationSource, ImportItem } from '../session/protocol/protocol';
import { presets, type PresetId, type RunConfig } from '../shared/config';
import { StudioError, toErrorInfo, type ErrorInfo } from '../shared/errors';
import { bundleName, zipBundle } from './exportBundle';
import type { Skipped } from './ports';
import { StudioCore } from './studioCore';
import {
  hasNetworks,
  isRunning,
  Source,
  type ClipSelection,
  type Question,
  type SourceKind,
  type StudioState,
} from './studioState';

/** What reading a drop gives. */
interface Opened {
  files: DroppedFile[];
  skipped: Skipped[];
}

/** The same at every measurement, so that points of a run differ by its networks alone. */
const measureSeed = 1;

/** What a run of less than this has made is given up without a question. */
const worthAskingMilliseconds = 10 * 60_000;

export class Studio extends StudioCore {
  /** Numbers what is dropped or picked, in the user's order. */
  private tickets = 0;
  /** Number of the pictures that are open; pictures of a smaller number that are listed only now come too late. */
  private opened = 0;
  /** Counts the imports; only the last one is awaited. */
  private imports = 0;
  /** Resolution at which the pictures were last asked for. */
  private readResolution: number | null = null;
  /** Whether the user gave up the measurement that is going on. */
  private cancelled = { yes: false };
  private pending: { kind: SourceKind; name: string; files: Promise<Opened> } | null = null;

  /** Opens the session and reads the list of CLIP models. */
  async boot(): Promise<void> {
    this.openSession();
    try {
      const clipModels = await this.ports.listClipModels();
      this.update((state) => {
        state.clipModels = clipModels;
        const first = clipModels[0];
        const known =
          state.clip.kind === 'files' ||
          clipModels.some(({ id }) => state.clip.kind === 'manifest' && state.clip.id === id);
        if (!known && first) state.clip = { kind: 'manifest', id: first.id };
      });
    } catch (error) {
      this.report(toErrorInfo(error));
    }
  }

  /** This browser cannot train at all, as the page itself has found out. */
  block(info: ErrorInfo): void {
    this.update((state) => {
      state.blocked = info;
    });
  }

  setOnline(online: boolean): void {
    this.update((state) => {
      state.online = online;
    });
  }

  // Opening data
  // -------------------------------------------------------------------------------------------------------------------

  /**
   * Reads what was dropped or picked. Must be called in the same task as the drop event. While a run is going the user
   * is asked first.
   */
  openDrop(source: DropSource, name: string): Promise<void> {
    return this.open('folder', name, async (onProgress) => {
      const skipped: Skipped[] = [];
      const files = await this.ports.readDrop(source, {
        found: (count) => onProgress(count, 0),
        skipped: (each) => void skipped.push(each),
      });
      return { files, skipped };
    });
  }

  openSample(): Promise<void> {
    return this.open('sample', 'Sample pictures', async (onProgress) => ({
      files: await this.ports.loadSample(onProgress),
      skipped: [],
    }));
  }

  /** Leaves the data set and goes back to the first screen. A run must have ended. */
  closeData(): void {
    if (this.wouldLoseMuch()) return this.ask({ kind: 'close' });
    this.discardData();
  }

  // Setting up
  // ---------------------------------------------------------------------------------------------------------------------

  choosePreset(preset: PresetId): void {
    this.update((state) => {
      state.preset = preset;
      state.config = presets[preset];
      state.configTouched = true;
    });
    this.readAgainAtResolution();
  }

  /** Pictures that are there, or on their way, at another resolution than the configuration's are read again. */
  private readAgainAtResolution(): void {
    const { source, config, session } = this.state;
    if (!source || this.readResolution === config.resolution || isRunning(session)) return;
    void this.import();
  }

  /** Replaces the configuration by one that was made from the current preset. */
  setConfig(config: RunConfig): void {
    this.update((state) => {
      state.config = config;
      state.configTouched = true;
    });
    this.readAgainAtResolution();
  }

  chooseClip(clip: ClipSelection): void {
    this.update((state) => {
      state.clip = clip;
      state.problem = null;
    });
  }

  // Running
  // ------------------------------------------------------------------------------------------------------------------------

  async start(): Promise<void> {
    if (this.wouldLoseMuch()) return this.ask({ kind: 'start' });
    await this.begin();
  }

  /** Goes on with the run of these pictures that was left, with its own settings and CLIP. */
  async goOn(): Promise<void> {
    const { left } = this.state;
    if (!left?.fits || left.config === null) return;
    const { config, clip } = left;
    this.update((state) => {
      Object.assign(state, { config, configTouched: true });
      if (config.preset !== 'custom') state.preset = config.preset;
      if (clip !== null) state.clip = { kind: 'manifest', id: clip };
    });
    if (this.readResolution !== config.resolution) await this.import();
    await this.begin('must');
  }

  /** Forgets the run that was left, once the user has said yes. */
  forgetLeft(): void {
    if (this.state.left) this.ask({ kind: 'forget' });
  }

  async pause(): Promise<void> {
    await this.command('pause', (session) => session.pause());
  }

  async resume(): Promise<void> {
    await this.command('resume', (session) => session.resume());
  }

  /** Ends the run. Where it could be kept, it can be gone on with later. */
  async stop(): Promise<void> {
    if (this.wouldLoseMuch()) return this.ask({ kind: 'stop' });
    await this.end();
  }

  /**
   * Downloads networks, prompts, partition and configuration as one zip; true when the file was handed to the browser.
   */
  async export(): Promise<boolean> {
    return this.command('export', async (session) => {
      const bundle = await session.export();
      const kimg = this.state.latest?.kimg ?? 0;
      const date = new Date(this.ports.now());
      const name = bundleName(date, kimg);
      this.ports.saveFile(name, await zipBundle(bundle, date));
      this.update((state) => {
        state.exportedKimg = kimg;
        state.announcement = `Saved ${name}.`;
      });
    });
  }

  /** Reads which evaluation networks can be had, once. */
  async listEvaluationNetworks(): Promise<void> {
    if (this.state.evaluationNetworks) return;
    const networks = await this.ports.listEvaluationNetworks().catch(() => []);
    this.update((state) => {
      state.evaluationNetworks = networks;
    });
  }

  /**
   * Measures samples of the networks as they are, from outside the training loop. What goes wrong is told where it was
   * asked for.
   */
  async measure(network: EvaluationSource, samples: number): Promise<void> {
    const { session } = this;
    if (!session || this.state.measuring) return;
    this.update((state) => {
      Object.assign(state, { measuring: { label: 'Beginning', done: 0 }, measureProblem: null });
    });
    const cancelled = (this.cancelled = { yes: false });
    const problem = await session.evaluate(network, samples, measureSeed).then(() => null, toErrorInfo);
    if (session !== this.session) return;
    this.flush();
    this.update((state) => {
      Object.assign(state, { measuring: null, measureProblem: cancelled.yes ? null : problem });
    });
  }

  async cancelMeasuring(): Promise<void> {
    this.cancelled.yes = true;
    await this.session?.cancelEvaluation().catch(() => undefined);
  }

  /** Compares the pictures with words. What goes wrong is told where it was asked. */
  async askClip(texts: readonly string[]): Promise<void> {
    const { session } = this;
    if (!session || this.state.asking || texts.length === 0) return;
    this.update((state) => {
      Object.assign(state, { asking: texts, askProblem: null });
    });
    const problem = await session.score([...texts]).then(() => null, toErrorInfo);
    // Another run, or other pictures, may have come meanwhile.
    if (this.state.asking !== texts) return;
    this.flush();
    this.update((state) => {
      Object.assign(state, { asking: null, askProblem: problem });
    });
  }

  /** Back to the settings with the same data; what the last run showed stays until the next one starts. */
  newRun(): void {
    this.update((state) => {
      state.stage = 'review';
      state.problem = null;
    });
    if (this.state.session === 'failed') void this.retry();
  }

  /** After a failure: a fresh worker, and the same pictures once more. */
  async retry(): Promise<void> {
    const { source } = this.state;
    this.reopenSession();
    this.resetRun();
    this.update((state) => {
      state.stage = source ? 'review' : 'welcome';
    });
    if (source) await this.import();
  }

  dismissProblem(): void {
    this.update((state) => {
      state.problem = null;
    });
  }

  /** The user's answer to `question`: true does what was asked about, false leaves everything as it is. */
  async answer(yes: boolean): Promise<void> {
    const { question } = this.state;
    const { pending } = this;
    this.pending = null;
    this.update((state) => {
      state.question = null;
    });
    if (!yes || !question) return;
    if (question.kind === 'drop' && pending) await this.take(pending.kind, pending.name, pending.files, ++this.tickets);
    if (question.kind === 'stop') await this.end();
    if (question.kind === 'close') this.discardData();
    if (question.kind === 'start') await this.begin();
    if (question.kind === 'forget') await this.forget();
  }

  // Inside
  // -------------------------------------------------------------------------------------------------------------------------

  private ask(question: Question): void {
    this.update((state) => {
      state.question = question;
    });
  }

  /** Whether minutes of work would be gone. */
  private wouldLoseMuch(): boolean {
    const { startedAt } = this.state;
    return wouldLoseWork(this.state) && startedAt !== null && this.ports.now() - startedAt >= worthAskingMilliseconds;
  }

  private async forget(): Promise<void> {
    const { left } = this.state;
    this.update((state) => {
      state.left = null;
    });
    // What cannot be deleted is told of again at the next visit.
    if (left) await this.session?.forget(left.id).catch(() => undefined);
  }

  private async begin(takeUp?: 'must'): Promise<void> {
    const { config, clip } = this.state;
    await this.command('start', async (session) => {
      this.resetRun();
      await session.start(config, toClipSource(clip), takeUp);
      this.update((state) => {
        state.stage = 'run';
        state.startedAt = this.ports.now();
      });
    });
  }

  private async end(): Promise<void> {
    await this.command('stop', (session) => session.stop());
  }

  private discardData(): void {
    this.opened = ++this.tickets;
    this.imports += 1;
    if (this.mustReopen()) this.reopenSession();
    this.resetRun();
    this.update((state) => {
      Object.assign(state, {
        stage: 'welcome',
        source: null,
        dataset: null,
        kept: null,
        importProgress: null,
        reading: null,
      });
    });
  }

  private async open(
    kind: SourceKind,
    name: string,
    read: (onProgress: (done: number, total: number) => void) => Promise<Opened>,
  ): Promise<void> {
    const asks = isRunning(this.state.session) || this.wouldLoseMuch();
    const ticket = ++this.tickets;
    // Listing must begin in the same task as the drop event, whatever the user answers later.
    const files = read((done, total) => {
      if (asks || ticket < this.opened) return;
      this.update((state) => {
        state.reading = { kind, done, total };
      });
    });
    if (!asks) return this.take(kind, name, files, ticket);
    files.catch(() => undefined);
    this.pending = { kind, name, files };
    this.ask({ kind: 'drop', name });
  }

  private async take(kind: SourceKind, name: string, opening: Promise<Opened>, ticket: number): Promise<void> {
    this.update((state) => {
      state.reading = { kind, done: 0, total: 0 };
      state.problem = null;
    });
    try {
      const { files, skipped } = await opening;
      // A CLIP takes no pictures' place: those that are open, or on their way, stay.
      if (isClip(files)) return this.takeClip(files);
      if (ticket < this.opened) return;
      const reading = this.ports.interpretFolder(files.map(({ path }) => path));
      const empty = reading.warnings.find(({ code }) => code === 'folder-empty');
      if (empty)
        throw new StudioError({ code: 'folder-empty', what: empty.text, why: empty.why, action: empty.action });
      this.opened = ticket;
      if (this.mustReopen()) this.reopenSession();
      this.resetRun();
      this.update((state) => {
        Object.assign(state, {
          stage: 'review',
          source: new Source(kind, name, files, reading, skipped),
          dataset: null,
          kept: null,
          reading: null,
        });
      });
      if (!reading.warnings.some(({ blocking }) => blocking)) await this.import();
    } catch (error) {
      if (ticket < this.opened) return;
      this.update((state) => {
        state.reading = null;
      });
      this.report(toErrorInfo(error));
    }
  }

  /** Files of a CLIP were dropped in place of pictures: they are chosen as such, and the data set stays. */
  private takeClip(files: readonly DroppedFile[]): void {
    this.update((state) => {
      state.reading = null;
      state.clip = { kind: 'files', files: files.map(({ file }) => file) };
      state.announcement = `These are the files of a CLIP: it is chosen for the next run.${state.source ? '' : ' Now drop a folder of pictures.'}`;
    });
  }

  /**
   * A session that has failed, or is at work for data that are being replaced, gives way to a fresh one; any other can
   * simply go on.
   */
  private mustReopen(): boolean {
    return this.state.session === 'failed' || isRunning(this.state.session);
  }

  private async import(): Promise<void> {
    const { source, config, clip } = this.state;
    const { session } = this;
    if (!source || !session) return;
    const turn = ++this.imports;
    const items = itemsOf(source);
    this.update((state) => {
      state.left = null;
      state.importProgress = {
        label: 'Reading pictures',
        done: 0,
        total: items.length,
        unit: 'images',
        secondsLeft: null,
      };
    });
    try {
      await this.booted;
      if (turn !== this.imports) return;
      this.readResolution = config.resolution;
      await session.import([...source.reading.classes], items, config.resolution, toClipSource(clip));
    } catch (error) {
      if (turn === this.imports) this.report(toErrorInfo(error));
    } finally {
      this.flush();
      if (turn === this.imports) {
        this.update((state) => {
          state.importProgress = null;
        });
      }
    }
  }
}

/** True when leaving the page would lose a run that is going on, or one that was not exported. */
export function wouldLoseWork(state: StudioState): boolean {
  if (isRunning(state.session)) return true;
  return hasNetworks(state) && state.exportedKimg !== (state.latest?.kimg ?? 0);
}

/** ONNX models, perhaps with what lies beside them, and no picture. */
function isClip(files: readonly DroppedFile[]): boolean {
  const named = (pattern: RegExp): boolean => files.some(({ path }) => pattern.test(path));
  return named(/\.onnx$/i) && !named(/\.(png|jpe?g|webp|gif|bmp|avif|zip|tar)$/i);
}

function itemsOf({ reading, files }: Source): ImportItem[] {
  return filesOfItems(files, reading.items).map(({ item: { label }, file: { path, file } }) => ({ path, file, label }));
}

function toClipSource(clip: ClipSelection): ClipSource {
  return clip.kind === 'manifest'
    ? clip
    : { kind: 'files', files: clip.files.map((file) => ({ name: file.name, file })) };
}
