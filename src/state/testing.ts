/**
 * Ports for tests: a session that does what the test tells it, pictures that are empty files, and a schedule that runs
 * by hand.
 */
import { factsOf } from '../data/facts';
import { interpretFolder } from '../data/interpret';
import { commandsFrom, type Arguments, type CommandName, type SessionCommands } from '../session/protocol/commands';
import type { Event } from '../session/protocol/events';
import type { DroppedFile } from '../data/readDrop';
import type { SessionPort } from '../session/protocol/client';
import { keptReadings } from './keptReadings';
import { unfinishedReading } from './unfinishedReading';
import type { StudioPorts } from './ports';

/** `port` is what the store holds; everything else is the test's. */
export class ManualSession {
  readonly calls: string[] = [];
  imported: Arguments<'import'> | null = null;
  started: Arguments<'start'> | null = null;
  forgotten: string[] = [];
  evaluated: Arguments<'evaluate'> | null = null;
  asked: string[] | null = null;
  /** What a measurement, or a question to CLIP, waits for. */
  answered: Promise<void> = Promise.resolve();
  disposed = false;
  /** What a test answers in place of the session. */
  answers: Partial<SessionCommands> = {};
  /** Set to make the next command reject. */
  refuse: Error | null = null;
  private readonly listeners = new Set<(event: Event) => void>();

  /** What a command does; one that is not here is answered at once. */
  private readonly deeds: Partial<SessionCommands> = {
    import: async (args) => {
      this.imported = args;
      const { classes, items, resolution } = args;
      const labeledPerClass = classes.map((_, c) => items.filter(({ label }) => label === c).length);
      const unlabeledCount = items.filter(({ label }) => label < 0).length;
      const summary = { classes, imageCount: items.length, labeledPerClass, unlabeledCount, broken: [], resolution };
      this.emit(
        { type: 'dataset', summary, decoded: Uint32Array.from(items.keys()), pictures: 'these' },
        { type: 'state', state: 'ready' },
      );
    },
    start: async (args) => {
      this.started = args;
      this.emit({ type: 'state', state: 'preparing' });
    },
    benchmark: async ({ iterations }) => ({ iterations, secondsPerIteration: 0.01 }),
    forget: async ({ run }) => void this.forgotten.push(run),
    pause: async () => this.emit({ type: 'state', state: 'paused' }),
    resume: async () => this.emit({ type: 'state', state: 'training' }),
    stop: async () => this.emit({ type: 'state', state: 'stopped' }),
    export: async () => ({ files: [{ name: 'checkpoint.safetensors', bytes: new Uint8Array([1, 2, 3]).buffer }] }),
    trainingJob: async () => {
      await this.answered;
      return { files: [{ name: 'lcpgan/state.py', bytes: new Uint8Array(1000).buffer }] };
    },
    evaluate: async (args) => {
      this.evaluated = args;
      await this.answered;
    },
    askClip: async ({ texts }) => {
      this.asked = texts;
      await this.answered;
    },
  };

  readonly port: SessionPort = {
    ...commandsFrom((type, args) => this.take(type, args)),
    on: (listener) => {
      this.listeners.add(listener);
      queueMicrotask(() => listener({ type: 'state', state: 'idle' }));
      return () => this.listeners.delete(listener);
    },
    dispose: () => {
      this.disposed = true;
      this.listeners.clear();
    },
  };

  emit(...events: Event[]): void {
    for (const event of events) for (const listener of this.listeners) listener(event);
  }

  private async take(type: CommandName, args: object): Promise<unknown> {
    this.calls.push(type);
    const { refuse } = this;
    this.refuse = null;
    if (refuse) throw refuse;
    const deed = (this.answers[type] ?? this.deeds[type]) as ((args: object) => Promise<unknown>) | undefined;
    return deed?.(args);
  }
}

export interface TestPorts extends StudioPorts {
  sessions: ManualSession[];
  saved: { name: string; contents: Blob }[];
  /** Runs what was scheduled for the next frame. */
  frame(): void;
}

/** `files` is what every drop holds. */
export function testPorts(files: DroppedFile[]): TestPorts {
  const sessions: ManualSession[] = [];
  const saved: TestPorts['saved'] = [];
  let scheduled: (() => void) | null = null;
  return {
    sessions,
    saved,
    frame: () => scheduled?.(),
    createSession() {
      const session = new ManualSession();
      sessions.push(session);
      return session.port;
    },
    readDrop: async (_, { found, skipped }) => {
      found(files.length);
      skipped({ path: 'empty/', reason: 'an empty folder' });
      return files;
    },
    factsOf: (each, signal) => factsOf(each, signal),
    interpretFolder,
    sheets: { offer: async () => null, cut: () => Promise.reject(new Error('There are no sheets.')) },
    keptReadings: keptReadings(undefined),
    unfinishedReading: unfinishedReading(tabStorage()),
    loadSample: async () => files,
    listClipModels: async () => [
      {
        id: 'clip-nano',
        name: 'clip-nano',
        description: 'Small.',
        hash: 'nano',
        embedded: true,
        bytes: 100,
        licence: 'MIT',
      },
      {
        id: 'clip-lit',
        name: 'clip-lit',
        description: 'Sees well.',
        hash: 'lit',
        critic: 'clip-nano',
        embedded: true,
        bytes: 3000,
        licence: 'Apache-2.0',
      },
    ],
    listEvaluationNetworks: async () => [
      {
        id: 'resnet50-imagenet',
        name: 'ResNet-50 (ImageNet)',
        note: '',
        bytes: 47_036_888,
        available: true,
        hash: 'res',
      },
    ],
    packer: null,
    pictures: { list: async () => [], keep: async () => false, files: async () => null },
    disk: {
      hold: async () => null,
      list: async () => [],
      keep: async () => undefined,
      open: async () => 'gone',
      remove: async () => undefined,
    },
    memory: null,
    storage: {
      report: async () => ({ items: [], usedBytes: null, quotaBytes: null, persistent: false }),
      remove: async () => undefined,
      persist: async () => false,
    },
    runs: {
      all: async () => [],
      watch: () => () => undefined,
      record: async () => null,
      rename: async () => undefined,
      mark: async () => undefined,
      timeline: async () => null,
      keepTimeline: async () => undefined,
    },
    saveFile: (name, contents) => void saved.push({ name, contents }),
    now: () => Date.UTC(2026, 10, 22, 12),
    schedule(flush) {
      scheduled = flush;
      return () => {
        scheduled = null;
      };
    },
  };
}

export function picture(path: string): DroppedFile {
  return { path, file: new File([], path.split('/').at(-1) ?? path) };
}

/** As `sessionStorage`, for one test. */
function tabStorage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}
