/**
 * Ports for tests: a session that does what the test tells it, pictures that are empty files, and a schedule that runs
 * by hand.
 */
import { interpretFolder } from '../data/interpret';
import type { ClipSource, EvaluationSource, Event, ExportResult, ImportItem } from '../session/protocol/protocol';
import type { RunConfig } from '../shared/config';
import type { DroppedFile } from '../data/readDrop';
import type { SessionPort, StudioPorts } from './ports';

export class ManualSession implements SessionPort {
  readonly calls: string[] = [];
  imported: { classes: string[]; items: ImportItem[]; resolution: number; clip: ClipSource | undefined } | null = null;
  started: { config: RunConfig; clip: ClipSource; takeUp: 'must' | undefined } | null = null;
  forgotten: string[] = [];
  evaluated: { network: EvaluationSource; samples: number; seed: number } | null = null;
  scored: string[] | null = null;
  /** What a measurement, or a question to CLIP, waits for. */
  measured: Promise<void> = Promise.resolve();
  disposed = false;
  /** Set to make the next command reject. */
  refuse: Error | null = null;
  private readonly listeners = new Set<(event: Event) => void>();

  on(listener: (event: Event) => void): () => void {
    this.listeners.add(listener);
    queueMicrotask(() => listener({ type: 'state', state: 'idle' }));
    return () => this.listeners.delete(listener);
  }

  emit(...events: Event[]): void {
    for (const event of events) for (const listener of this.listeners) listener(event);
  }

  async import(classes: string[], items: ImportItem[], resolution: number, clip?: ClipSource): Promise<void> {
    this.answer('import');
    this.imported = { classes, items, resolution, clip };
    const labeledPerClass = classes.map((_, c) => items.filter(({ label }) => label === c).length);
    const unlabeledCount = items.filter(({ label }) => label < 0).length;
    const summary = { classes, imageCount: items.length, labeledPerClass, unlabeledCount, broken: [], resolution };
    this.emit({ type: 'dataset', summary, kept: Uint32Array.from(items.keys()) }, { type: 'state', state: 'ready' });
  }

  async start(config: RunConfig, clip: ClipSource, takeUp?: 'must'): Promise<void> {
    this.answer('start');
    this.started = { config, clip, takeUp };
    this.emit({ type: 'state', state: 'preparing' });
  }

  async forget(run: string): Promise<void> {
    this.answer('forget');
    this.forgotten.push(run);
  }

  async pause(): Promise<void> {
    this.answer('pause');
    this.emit({ type: 'state', state: 'paused' });
  }

  async resume(): Promise<void> {
    this.answer('resume');
    this.emit({ type: 'state', state: 'training' });
  }

  async stop(): Promise<void> {
    this.answer('stop');
    this.emit({ type: 'state', state: 'stopped' });
  }

  async export(): Promise<ExportResult> {
    this.answer('export');
    return { files: [{ name: 'checkpoint.safetensors', bytes: new Uint8Array([1, 2, 3]).buffer }] };
  }

  async evaluate(network: EvaluationSource, samples: number, seed: number): Promise<void> {
    this.answer('evaluate');
    this.evaluated = { network, samples, seed };
    await this.measured;
  }

  async cancelEvaluation(): Promise<void> {
    this.answer('cancelEvaluation');
  }

  async score(texts: string[]): Promise<void> {
    this.answer('score');
    this.scored = texts;
    await this.measured;
  }

  dispose(): void {
    this.disposed = true;
    this.listeners.clear();
  }

  private answer(call: string): void {
    this.calls.push(call);
    const { refuse } = this;
    this.refuse = null;
    if (refuse) throw refuse;
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
      return session;
    },
    readDrop: async (_, { found, skipped }) => {
      found(files.length);
      skipped({ path: 'empty/', reason: 'an empty folder' });
      return files;
    },
    interpretFolder,
    loadSample: async () => files,
    listClipModels: async () => [
      { id: 'clip-nano', name: 'clip-nano', description: 'Small.', embedded: true, bytes: 0, licence: 'MIT' },
    ],
    listEvaluationNetworks: async () => [
      { id: 'resnet50-imagenet', name: 'ResNet-50 (ImageNet)', note: '', bytes: 47_036_888, available: true },
    ],
    storage: {
      report: async () => ({ items: [], usedBytes: null, quotaBytes: null, persistent: false }),
      remove: async () => undefined,
      persist: async () => false,
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
