/**
 * The page's end of the seam: spawns the trainer worker, turns commands into promises and hands every event to the
 * listeners. A command's promise rejects with a `StudioError`; if the worker itself dies, all open commands reject and
 * one `failed` event is made here, so that the page always hears of it.
 */
import { StudioError, type ErrorInfo } from '../../shared/errors';
import type { RunConfig } from '../../shared/config';
import {
  PROTOCOL_VERSION,
  parseEvent,
  type ClipSource,
  type Command,
  type EvaluationSource,
  type Event,
  type ExportResult,
  type ImportItem,
} from './protocol';

type Listener = (event: Event) => void;
type WithoutId<T> = T extends { id: number } ? Omit<T, 'id'> : never;

interface PendingCommand {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

const workerDied: ErrorInfo = {
  code: 'internal',
  what: 'The training worker stopped unexpectedly.',
  why: 'The browser ended it, most often because memory ran out.',
  action: 'Reload the page; choose a smaller preset if it happens again.',
};

export class SessionClient {
  private readonly listeners = new Set<Listener>();
  private readonly pending = new Map<number, PendingCommand>();
  private nextId = 1;
  private dead = false;

  constructor(private readonly worker: Worker) {
    worker.addEventListener('message', (message: MessageEvent<unknown>) => this.receive(message.data));
    worker.addEventListener('error', (error) => {
      error.preventDefault();
      this.die({ ...workerDied, detail: error.message });
    });
    worker.addEventListener('messageerror', () => this.die(workerDied));
  }

  /** Adds a listener; the result removes it again. */
  on(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async hello(modelsUrl: string): Promise<void> {
    await this.send({ type: 'hello', version: PROTOCOL_VERSION, modelsUrl });
  }

  async import(classes: string[], items: ImportItem[], resolution: number, clip?: ClipSource): Promise<void> {
    await this.send({ type: 'import', classes, items, resolution, clip });
  }

  /** Resolves when the run has been accepted; its course and its end arrive as events. */
  async start(config: RunConfig, clip: ClipSource, takeUp?: 'must'): Promise<void> {
    await this.send({ type: 'start', config, clip, takeUp });
  }

  /** Forgets a kept run. */
  async forget(run: string): Promise<void> {
    await this.send({ type: 'forget', run });
  }

  async pause(): Promise<void> {
    await this.send({ type: 'pause' });
  }

  async resume(): Promise<void> {
    await this.send({ type: 'resume' });
  }

  async stop(): Promise<void> {
    await this.send({ type: 'stop' });
  }

  async export(): Promise<ExportResult> {
    return (await this.send({ type: 'export' })) as ExportResult;
  }

  /** Measures samples as they are now; the result arrives as an `evaluation` event before this resolves. */
  async evaluate(network: EvaluationSource, samples: number, seed: number): Promise<void> {
    await this.send({ type: 'evaluate', network, samples, seed });
  }

  async cancelEvaluation(): Promise<void> {
    await this.send({ type: 'cancelEvaluation' });
  }

  /** Compares the pictures with words; the answer arrives as a `scores` event before this resolves. */
  async score(texts: string[]): Promise<void> {
    await this.send({ type: 'score', texts });
  }

  dispose(): void {
    this.dead = true;
    this.worker.terminate();
    for (const { reject } of this.pending.values()) reject(new StudioError(workerDied));
    this.pending.clear();
    this.listeners.clear();
  }

  private send(command: WithoutId<Command>): Promise<unknown> {
    if (this.dead) return Promise.reject(new StudioError(workerDied));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage({ ...command, id });
    });
  }

  private receive(message: unknown): void {
    const event = parseEvent(message);
    if (event.type !== 'reply') {
      for (const listener of this.listeners) listener(event);
      return;
    }
    const command = this.pending.get(event.id);
    this.pending.delete(event.id);
    if (event.error) command?.reject(new StudioError(event.error));
    else command?.resolve(event.result);
  }

  private die(error: ErrorInfo): void {
    if (this.dead) return;
    this.dead = true;
    for (const { reject } of this.pending.values()) reject(new StudioError(error));
    this.pending.clear();
    for (const listener of this.listeners) {
      listener({ type: 'failed', error });
      listener({ type: 'state', state: 'failed' });
    }
  }
}

/** Spawns the trainer worker and greets it. `modelsUrl` is the absolute address of the models/ folder. */
export function createSessionClient(modelsUrl: string): SessionClient {
  const client = new SessionClient(
    new Worker(new URL('../trainer.worker.ts', import.meta.url), { type: 'module', name: 'trainer' }),
  );
  // A refused greeting also arrives as a `failed` event, which is what the page shows.
  client.hello(modelsUrl).catch(() => undefined);
  return client;
}
