/**
 * The machinery below the actions of `studio.ts` and its parts, and theirs alone: the store, the session with its batched events, and the rule that nothing throws
 * into a screen. What goes wrong becomes `problem` (or `blocked`) in the state.
 */
import { produce } from 'immer';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { HealthFinding } from '../lcp/health/health';
import type { Event } from '../session/protocol/events';
import { toErrorInfo, type ErrorInfo } from '../shared/errors';
import { EventBatcher } from './eventBatcher';
import type { SessionPort } from '../session/protocol/client';
import type { StudioPorts } from './ports';
import { reduceEvent } from './reduceEvent';
import { KeptTimeline } from './keptTimeline';
import { SampleHistory } from './sampleHistory';
import { SeriesHistory } from './seriesHistory';
import { initialRun } from './runState';
import { initialState, type BusyTask, type StudioState } from './studioState';

export class StudioCore {
  readonly store: StoreApi<StudioState> = createStore<StudioState>(() => initialState());
  readonly series = new SeriesHistory();
  readonly samples: SampleHistory;
  /** The number behind each health check, over the run. */
  readonly health = new SeriesHistory();
  readonly timeline: KeptTimeline;
  session: SessionPort | null = null;
  /**
   * Settles when the session has left its first state. An import before that would be overtaken by the end of booting.
   */
  booted: Promise<void> = Promise.resolve();
  private readonly batcher: EventBatcher<Event>;
  private unsubscribe: (() => void) | null = null;

  constructor(readonly ports: StudioPorts) {
    this.samples = new SampleHistory(undefined, ports.packer);
    this.timeline = new KeptTimeline(this);
    this.batcher = new EventBatcher((batch) => this.applyBatch(batch), ports.schedule);
  }

  get state(): StudioState {
    return this.store.getState();
  }

  dispose(): void {
    this.closeSession();
  }

  /** Shows something that went wrong. */
  report(info: ErrorInfo): void {
    this.update((state) => {
      if (info.code === 'webgpu-missing' || info.code === 'adapter-missing') state.blocked = info;
      else state.problem = info;
      state.announcement = `${info.what} ${info.action}`;
    });
  }

  update(recipe: (draft: StudioState) => void): void {
    this.store.setState(
      produce(this.state, (draft) => recipe(draft as StudioState)),
      true,
    );
  }

  /** Applies the events that have arrived, without waiting for the frame. */
  flush(): void {
    this.batcher.flush();
  }

  /** Runs a command of the user: once at a time, shown as busy meanwhile; true where it succeeded. */
  async command(task: BusyTask, run: (session: SessionPort) => Promise<void>): Promise<boolean> {
    const { session } = this;
    if (!session || this.state.busy[task]) return false;
    this.update((state) => {
      state.busy[task] = true;
      state.problem = null;
    });
    try {
      this.flush();
      await run(session);
      return true;
    } catch (error) {
      if (session === this.session) this.report(toErrorInfo(error));
      return false;
    } finally {
      this.flush();
      this.update((state) => {
        delete state.busy[task];
      });
    }
  }

  openSession(): void {
    const session = this.ports.createSession();
    this.session = session;
    this.booted = new Promise((resolve) => {
      this.unsubscribe = session.on((event) => {
        this.batcher.push(event);
        if (event.type === 'state' && event.state !== 'booting') resolve();
      });
    });
  }

  /** Tells the session what to draw. What goes wrong with the samples ends no run. */
  async watch(): Promise<void> {
    await this.session?.watch({ raw: this.state.watchRaw }).catch(() => undefined);
  }

  reopenSession(): void {
    this.closeSession();
    this.update((state) => {
      state.session = 'booting';
    });
    this.openSession();
    if (this.state.watchRaw) void this.booted.then(() => this.watch());
  }

  /** Forgets everything that belongs to a run. */
  resetRun(): void {
    this.series.clear();
    this.health.clear();
    this.samples.clear();
    this.update((state) => {
      state.run = initialRun();
      state.problem = null;
    });
  }

  private closeSession(): void {
    this.unsubscribe?.();
    this.session?.dispose();
    this.session = null;
    this.batcher.clear();
  }

  private applyBatch(batch: Event[]): void {
    let latest = this.state.run.latest;
    for (const event of batch) {
      if (event.type === 'stats') latest = event.points.at(-1) ?? latest;
      if (event.type === 'health' && latest) this.health.append({ ...latest, values: measured(event.findings) });
      if (event.type === 'stats') for (const point of event.points) this.series.append(point);
      if (event.type === 'samples') {
        const { raw, rgba, ...frame } = event;
        const more = raw ? { raw: new Uint8ClampedArray(raw) } : {};
        this.samples.add({ ...frame, rgba: new Uint8ClampedArray(rgba), ...more });
      }
    }
    const now = this.ports.now();
    this.update((state) => {
      for (const event of batch) {
        reduceEvent(state, event, now);
        if (event.type === 'stats') state.run.seriesRevision = this.series.revision;
        if (event.type === 'samples') state.run.samplesRevision = this.samples.revision;
      }
    });
    const saved = batch.findLast((event) => event.type === 'kept');
    if (saved) void this.timeline.keep(saved.run);
  }
}

/** The numbers of the checks that have one. */
function measured(findings: readonly HealthFinding[]): Record<string, number> {
  return Object.fromEntries(findings.flatMap(({ code, value }) => (value === null ? [] : [[code, value]])));
}
