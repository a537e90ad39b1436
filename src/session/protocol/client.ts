/**
 * The page's end of the seam: spawns the trainer worker, turns commands into promises and hands every event to the
 * listeners. A command's promise rejects with a `StudioError`; if the worker itself dies, all open commands reject and
 * one `failed` event is made here, so that the page always hears of it.
 */
import { StudioError, type ErrorInfo } from '../../shared/errors';
import { commandsFrom, PROTOCOL_VERSION, type CommandName, type SessionCommands } from './commands';
import { parseEvent, type Event } from './events';

type Listener = (event: Event) => void;

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
  /** The methods of the session; what they are answered with is the session's, as the table of commands says. */
  readonly commands: SessionCommands = commandsFrom((type, args) => this.send(type, args));

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

  dispose(): void {
    this.dead = true;
    this.worker.terminate();
    for (const { reject } of this.pending.values()) reject(new StudioError(workerDied));
    this.pending.clear();
    this.listeners.clear();
  }

  private send(type: CommandName, args: object): Promise<unknown> {
    if (this.dead) return Promise.reject(new StudioError(workerDied));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage({ ...args, type, id });
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

/** The session as the page holds it. */
export interface SessionPort extends Omit<SessionCommands, 'hello'> {
  /** Subscribes to the session's events; returns the function that unsubscribes. */
  on(listener: (event: Event) => void): () => void;
  dispose(): void;
}

/** Spawns the trainer worker and greets it. `modelsUrl` is the absolute address of the models/ folder. */
export function createSessionClient(modelsUrl: string): SessionPort {
  const client = new SessionClient(
    new Worker(new URL('../trainer.worker.ts', import.meta.url), { type: 'module', name: 'trainer' }),
  );
  // A refused greeting also arrives as a `failed` event, which is what the page shows.
  client.commands.hello({ version: PROTOCOL_VERSION, modelsUrl }).catch(() => undefined);
  const { hello: _, ...commands } = client.commands;
  return { ...commands, on: (listener) => client.on(listener), dispose: () => client.dispose() };
}
