/**
 * The store and what a user can do with it: the only bridge from the session to the screens. Works without React.
 * Actions never throw. Events are applied once a frame; an action that waited for a command applies what has arrived
 * meanwhile before it goes on. Each part is one concern and lies in a file of its own.
 */
import type { StoreApi } from 'zustand/vanilla';
import { toErrorInfo, type ErrorInfo } from '../shared/errors';
import { AskClip } from './askClip';
import { Benchmarking } from './benchmarking';
import { Confirmation } from './confirmation';
import { DataSource } from './dataSource';
import { InterruptedRuns } from './interruptedRuns';
import { Evaluating } from './evaluating';
import { Labeling } from './labeling';
import type { StoragePort, StudioPorts } from './ports';
import type { EventOf } from '../session/protocol/events';
import { onNotice } from './reduceEvent';
import { ClusterWishes } from './clusterWishes';
import { Playground } from './playground';
import { RunLibrary } from './runLibrary';
import { Running } from './running';
import { SavingJob } from './savingJob';
import type { SampleHistory } from './sampleHistory';
import type { SeriesHistory } from './seriesHistory';
import { Setup } from './setup';
import { StudioCore } from './studioCore';
import type { Aside, StudioState } from './studioState';

export class Studio {
  readonly confirmation: Confirmation;
  readonly data: DataSource;
  readonly setup: Setup;
  readonly benchmarking: Benchmarking;
  readonly running: Running;
  readonly interrupted: InterruptedRuns;
  readonly evaluating: Evaluating;
  readonly askClip: AskClip;
  readonly library: RunLibrary;
  readonly playground: Playground;
  readonly labeling: Labeling;
  readonly job: SavingJob;
  readonly clusterWishes: ClusterWishes;

  private readonly core: StudioCore;

  constructor(ports: StudioPorts) {
    const core = new StudioCore(ports);
    this.core = core;
    this.confirmation = new Confirmation(core);
    this.playground = new Playground(core);
    this.clusterWishes = new ClusterWishes(core);
    this.data = new DataSource(core, this.confirmation, (file) => this.playground.openCheckpoint(file));
    this.setup = new Setup(core, this.data);
    this.benchmarking = new Benchmarking(core, ports.memory);
    this.running = new Running(core, this.confirmation);
    this.interrupted = new InterruptedRuns(core, this.data, this.running, this.confirmation);
    this.evaluating = new Evaluating(core);
    this.askClip = new AskClip(core);
    this.library = new RunLibrary(core, this.data, this.running);
    this.labeling = new Labeling(core);

    this.job = new SavingJob(core);
  }

  get store(): StoreApi<StudioState> {
    return this.core.store;
  }

  get state(): StudioState {
    return this.core.state;
  }

  get series(): SeriesHistory {
    return this.core.series;
  }

  /** The number behind each health check, over the run. */
  get health(): SeriesHistory {
    return this.core.health;
  }

  get samples(): SampleHistory {
    return this.core.samples;
  }

  get storage(): StoragePort {
    return this.core.ports.storage;
  }

  /** Opens the session and reads the list of CLIP models. */
  async boot(): Promise<void> {
    this.core.openSession();
    this.core.update((state) => {
      state.brokenOff = this.core.ports.unfinishedReading.get();
    });
    void this.data.kept.list();
    await this.setup.listClips().catch((error: unknown) => this.report(toErrorInfo(error)));
  }

  dispose(): void {
    this.core.dispose();
  }

  /** Shows something that went wrong. */
  report(info: ErrorInfo): void {
    this.core.report(info);
  }

  /** This browser cannot train at all, as the page itself has found out. */
  block(info: ErrorInfo): void {
    this.core.update((state) => {
      state.blocked = info;
    });
  }

  /** Moves the moment that is looked at by so many kept grids; at the newest it follows again. */
  stepMoment(grids: number): void {
    const iterations = this.samples.iterations();
    const { moment } = this.state.run;
    const last = iterations.length - 1;
    const at =
      moment === null
        ? last
        : Math.max(
            0,
            iterations.findLastIndex((iteration) => iteration <= moment),
          );
    const next = Math.max(0, at + grids);
    this.lookAt(next >= last ? null : (iterations[next] ?? null));
  }

  /** Something was sent from this page or a worker. */
  addSent(bytes: number): void {
    this.core.update((state) => {
      state.sentBytes += bytes;
    });
  }

  setKeptOffline(kept: boolean): void {
    this.core.update((state) => {
      state.keptOffline = kept;
    });
  }

  /** Says something once, to screen readers and in a corner of the page. */
  announce(text: string): void {
    this.core.update((state) => {
      state.announcement = text;
      state.toast = text;
    });
  }

  /** Whether the end of a run is told by a notification, and what to say about that. */
  setNotify(notify: boolean, announcement: string): void {
    this.core.update((state) => {
      state.notify = notify;
    });
    this.announce(announcement);
  }

  /** Puts a note of the page's own into the log of the run. */
  tell(note: Omit<EventOf<'notice'>, 'type'>): void {
    this.core.update((state) => onNotice(state, note, this.core.ports.now()));
  }

  /** Offers a file that the page has made. */
  save(name: string, contents: Blob): void {
    this.core.ports.saveFile(name, contents);
    this.announce(`Saved ${name}.`);
  }

  /** Looks back at an iteration of the run, on the whole dashboard; null follows the newest. */
  lookAt(moment: number | null): void {
    this.core.update((state) => {
      state.run.moment = moment;
    });
  }

  /** Which weights the samples are drawn by, beside the moving average's, from now on. */
  async watchRaw(raw: boolean): Promise<void> {
    this.core.update((state) => {
      state.watchRaw = raw;
    });
    await this.core.watch();
  }

  setOnline(online: boolean): void {
    this.core.update((state) => {
      state.online = online;
    });
  }

  /** Back to the settings with the same data; what the last run showed stays until the next one starts. */
  newRun(): void {
    this.core.update((state) => {
      state.stage = 'review';
      state.problem = null;
    });
    if (this.state.session === 'failed') void this.data.retry();
  }

  /** Shows a screen in place of the stage, or the stage again. */
  show(aside: Aside | null): void {
    if (aside === 'playground') this.playground.turnToRun();
    this.core.update((state) => {
      state.aside = aside;
    });
  }

  dismissProblem(): void {
    this.core.update((state) => {
      state.problem = null;
    });
  }
}
