/**
 * The store and what a user can do with it: the only bridge from the session to the screens. Works without React. Actions never throw:
 * what goes wrong becomes `problem` (or `blocked`) in the state. Events are applied once a frame; an action that waited for a
 * command applies what has arrived meanwhile before it goes on.
 */
import { produce } from 'immer';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ClipSource, Event, ImportItem } from '../session/protocol';
import type { PresetId, RunConfig } from '../shared/config';
import { presets } from '../shared/config';
import { StudioError, toErrorInfo, type ErrorInfo } from '../shared/errors';
import { EventBatcher } from './eventBatcher';
import { bundleName, zipBundle } from './exportBundle';
import type { DroppedFile, DropSource } from '../data/readDrop';
import type { SessionPort, Skipped, StudioPorts } from './ports';
import { reduceEvent } from './reduceEvent';
import { SampleHistory } from './sampleHistory';
import { SeriesHistory } from './seriesHistory';
import { hasNetworks, initialState, isRunning, noPhases, Source, type BusyTask, type ClipSelection, type SourceKind, type StudioState } from './studioState';

/** What reading a drop gives. */
interface Opened {
  files: DroppedFile[];
  skipped: Skipped[];
}

/** A run longer than this is not ended by one press. */
const askToStopMilliseconds = 5 * 60_000;

export class Studio {
  readonly store: StoreApi<StudioState> = createStore<StudioState>(() => initialState());
  readonly series = new SeriesHistory();
  readonly samples = new SampleHistory();
  private readonly batcher: EventBatcher<Event>;
  private session: SessionPort | null = null;
  private unsubscribe: (() => void) | null = null;
  /** Settles when the session has left its first state. An import before that would be overtaken by the end of booting. */
  private booted: Promise<void> = Promise.resolve();
  /** Counts what was opened; what belongs to an older number is stale and is dropped. */
  private opened = 0;
  private pending: { kind: SourceKind; name: string; files: Promise<Opened> } | null = null;

  constructor(private readonly ports: StudioPorts) {
    this.batcher = new EventBatcher((batch) => this.applyBatch(batch), ports.schedule);
  }

  get state(): StudioState {
    return this.store.getState();
  }

  /** Opens the session and reads the list of CLIP models. */
  async boot(): Promise<void> {
    this.openSession();
    try {
      const clipModels = await this.ports.listClipModels();
      this.update((state) => {
        state.clipModels = clipModels;
        const first = clipModels[0];
        const known = state.clip.kind === 'files' || clipModels.some(({ id }) => state.clip.kind === 'manifest' && state.clip.id === id);
        if (!known && first) state.clip = { kind: 'manifest', id: first.id };
      });
    } catch (error) {
      this.report(toErrorInfo(error));
    }
  }

  dispose(): void {
    this.batcher.clear();
    this.closeSession();
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

  // Opening data -------------------------------------------------------------------------------------------------------------------

  /** Reads what was dropped or picked. Must be called in the same task as the drop event. While a run is going the user is asked first. */
  openDrop(source: DropSource, name: string): Promise<void> {
    return this.open('folder', name, async (onProgress) => {
      const skipped: Skipped[] = [];
      const files = await this.ports.readDrop(source, { found: (count) => onProgress(count, 0), skipped: (each) => void skipped.push(each) });
      return { files, skipped };
    });
  }

  openSample(): Promise<void> {
    return this.open('sample', 'Sample pictures', async (onProgress) => ({ files: await this.ports.loadSample(onProgress), skipped: [] }));
  }

  /** Answers the question that a drop during a run raises: ends that run and opens the new data. */
  async acceptPendingDrop(): Promise<void> {
    const pending = this.pending;
    this.clearPendingDrop();
    if (pending) await this.take(pending.kind, pending.name, pending.files, ++this.opened);
  }

  refusePendingDrop(): void {
    this.clearPendingDrop();
  }

  /** Leaves the data set and goes back to the first screen. A run must have ended. */
  closeData(): void {
    this.opened += 1;
    if (this.mustReopen()) this.reopenSession();
    this.resetRun();
    this.update((state) => {
      Object.assign(state, { stage: 'welcome', source: null, dataset: null, kept: null, importProgress: null, reading: null, problem: null });
    });
  }

  // Setting up ---------------------------------------------------------------------------------------------------------------------

  choosePreset(preset: PresetId): void {
    this.update((state) => {
      state.preset = preset;
      state.config = presets[preset];
      state.configTouched = true;
    });
  }

  /** Replaces the configuration by one that was made from the current preset. */
  setConfig(config: RunConfig): void {
    this.update((state) => {
      state.config = config;
      state.configTouched = true;
    });
  }

  chooseClip(clip: ClipSelection): void {
    this.update((state) => {
      state.clip = clip;
      state.problem = null;
    });
  }

  // Running ------------------------------------------------------------------------------------------------------------------------

  async start(): Promise<void> {
    const { config, clip } = this.state;
    await this.command('start', async (session) => {
      this.resetRun();
      await session.start(config, toClipSource(clip));
      this.update((state) => {
        state.stage = 'run';
        state.startedAt = this.ports.now();
      });
    });
  }

  async pause(): Promise<void> {
    await this.command('pause', (session) => session.pause());
  }

  async resume(): Promise<void> {
    await this.command('resume', (session) => session.resume());
  }

  /** Ends the run; where it has taken a while the user is asked first, because it cannot be taken up again. */
  async requestStop(): Promise<void> {
    const { startedAt } = this.state;
    if (startedAt === null || this.ports.now() - startedAt < askToStopMilliseconds) return this.stop();
    this.update((state) => {
      state.asksToStop = true;
    });
  }

  keepGoing(): void {
    this.update((state) => {
      state.asksToStop = false;
    });
  }

  async stop(): Promise<void> {
    this.keepGoing();
    await this.command('stop', (session) => session.stop());
  }

  /** Downloads networks, prompts, partition and configuration as one zip; true when the file was handed to the browser. */
  async export(): Promise<boolean> {
    return this.command('export', async (session) => {
      const bundle = await session.export();
      const kimg = this.state.latest?.kimg ?? 0;
      const name = bundleName(new Date(this.ports.now()), kimg);
      this.ports.saveFile(name, await zipBundle(bundle, new Date(this.ports.now())));
      this.update((state) => {
        state.exportedKimg = kimg;
        state.announcement = `Saved ${name}.`;
      });
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
    this.dismissProblem();
    if (source) await this.import(++this.opened);
    else this.update((state) => void (state.stage = 'welcome'));
  }

  dismissProblem(): void {
    this.update((state) => {
      state.problem = null;
    });
  }

  /** Shows something that went wrong outside of the session. */
  report(info: ErrorInfo): void {
    this.update((state) => {
      if (info.code === 'webgpu-missing' || info.code === 'adapter-missing') state.blocked = info;
      else state.problem = info;
      state.announcement = `${info.what} ${info.action}`;
    });
  }

  // Inside -------------------------------------------------------------------------------------------------------------------------

  private async open(kind: SourceKind, name: string, read: (onProgress: (done: number, total: number) => void) => Promise<Opened>): Promise<void> {
    const asks = isRunning(this.state.session);
    const ticket = asks ? this.opened : ++this.opened;
    // Listing must begin in the same task as the drop event, whatever the user answers later.
    const files = read((done, total) => {
      if (ticket !== this.opened || asks) return;
      this.update((state) => {
        state.reading = { kind, done, total };
      });
    });
    if (!asks) return this.take(kind, name, files, ticket);
    files.catch(() => undefined);
    this.pending = { kind, name, files };
    this.update((state) => {
      state.pendingDrop = { name };
    });
  }

  private clearPendingDrop(): void {
    this.pending = null;
    this.update((state) => {
      state.pendingDrop = null;
    });
  }

  private async take(kind: SourceKind, name: string, opening: Promise<Opened>, ticket: number): Promise<void> {
    this.update((state) => {
      state.reading = { kind, done: 0, total: 0 };
      state.problem = null;
    });
    try {
      const { files, skipped } = await opening;
      if (ticket !== this.opened) return;
      const reading = this.ports.interpretFolder(files.map(({ path }) => path));
      const empty = reading.warnings.find(({ code }) => code === 'folder-empty');
      if (empty) throw new StudioError({ code: 'folder-empty', what: empty.text, why: empty.why, action: empty.action });
      if (this.mustReopen()) this.reopenSession();
      this.resetRun();
      this.update((state) => {
        Object.assign(state, { stage: 'review', source: new Source(kind, name, files, reading, skipped), dataset: null, kept: null, reading: null });
      });
      if (!reading.warnings.some(({ blocking }) => blocking)) await this.import(ticket);
    } catch (error) {
      if (ticket !== this.opened) return;
      this.update((state) => {
        state.reading = null;
      });
      this.report(toErrorInfo(error));
    }
  }

  /** A session that has failed, or is at work for data that are being replaced, gives way to a fresh one; any other can simply go on. */
  private mustReopen(): boolean {
    return this.state.session === 'failed' || isRunning(this.state.session);
  }

  private async import(ticket: number): Promise<void> {
    const { source, config } = this.state;
    const { session } = this;
    if (!source || !session) return;
    const items: ImportItem[] = [];
    for (const { index, label } of source.reading.items) {
      const dropped = source.files[index];
      if (dropped) items.push({ path: dropped.path, file: dropped.file, label });
    }
    this.update((state) => {
      state.importProgress = { label: 'Reading pictures', done: 0, total: items.length, unit: 'images', secondsLeft: null };
    });
    try {
      await this.booted;
      if (ticket !== this.opened) return;
      await session.import([...source.reading.classes], items, config.resolution);
    } catch (error) {
      if (ticket === this.opened) this.report(toErrorInfo(error));
    } finally {
      this.batcher.flush();
      if (ticket === this.opened) {
        this.update((state) => {
          state.importProgress = null;
        });
      }
    }
  }

  private async command(task: BusyTask, run: (session: SessionPort) => Promise<void>): Promise<boolean> {
    const { session } = this;
    if (!session || this.state.busy[task]) return false;
    this.update((state) => {
      state.busy[task] = true;
      state.problem = null;
    });
    try {
      this.batcher.flush();
      await run(session);
      return true;
    } catch (error) {
      if (session === this.session) this.report(toErrorInfo(error));
      return false;
    } finally {
      this.batcher.flush();
      this.update((state) => {
        delete state.busy[task];
      });
    }
  }

  private openSession(): void {
    const session = this.ports.createSession();
    this.session = session;
    this.booted = new Promise((resolve) => {
      this.unsubscribe = session.on((event) => {
        this.batcher.push(event);
        if (event.type === 'state' && event.state !== 'booting') resolve();
      });
    });
  }

  private closeSession(): void {
    this.unsubscribe?.();
    this.session?.dispose();
    this.session = null;
    this.batcher.clear();
  }

  private reopenSession(): void {
    this.closeSession();
    this.update((state) => {
      state.session = 'booting';
    });
    this.openSession();
  }

  private resetRun(): void {
    this.series.clear();
    this.samples.clear();
    this.update((state) => {
      Object.assign(state, { phases: { ...noPhases }, phase: null, progress: null, latest: null, labels: null, clusters: [], clusterRevision: 0, notices: [] });
      Object.assign(state, { startedAt: null, asksToStop: false, exportedKimg: null, seriesRevision: 0, samplesRevision: 0, problem: null });
    });
  }

  private applyBatch(batch: Event[]): void {
    for (const event of batch) {
      if (event.type === 'stats') for (const point of event.points) this.series.append(point);
      if (event.type === 'samples') this.samples.add({ ...event, rgba: new Uint8ClampedArray(event.rgba) });
    }
    const now = this.ports.now();
    this.update((state) => {
      for (const event of batch) {
        reduceEvent(state, event, now);
        if (event.type === 'stats') state.seriesRevision = this.series.revision;
        if (event.type === 'samples') state.samplesRevision = this.samples.revision;
      }
    });
  }

  private update(recipe: (draft: StudioState) => void): void {
    this.store.setState(produce(this.state, (draft) => recipe(draft as StudioState)), true);
  }
}

/** True when leaving the page would lose a run that is going on, or one that was not exported. */
export function wouldLoseWork(state: StudioState): boolean {
  if (isRunning(state.session)) return true;
  return hasNetworks(state) && state.exportedKimg !== (state.latest?.kimg ?? 0);
}

function toClipSource(clip: ClipSelection): ClipSource {
  return clip.kind === 'manifest' ? clip : { kind: 'files', files: clip.files.map((file) => ({ name: file.name, file })) };
}
