/**
 * Decodes pictures in parallel in the browser: a pool of module workers, bounded by the machine's cores, spawned as
 * they are needed. Works on the page and inside the trainer worker (nested workers). Each worker holds at most two
 * pictures, one being decoded and one waiting; what comes beyond that queues here as a handle to a file, not as bytes.
 * A worker that dies takes with it only the picture it was at.
 */
import { StudioError } from '../shared/errors';
import type { DecodeOutcome, DecodeSizes, ImageDecoder, WantsClip } from './decode';
import type { DecodeAnswer, DecodeReply, DecodeRequest } from './decodeProtocol';
import { reasons } from './sniff';

const MAX_WORKERS = 8;
const HELD_BY_A_WORKER = 2;

interface Job {
  request: DecodeRequest;
  wantsClip: WantsClip | undefined;
  resolve(outcome: DecodeOutcome): void;
  reject(error: Error): void;
}

interface Member {
  worker: Worker;
  ready: boolean;
  /** In the order in which the worker takes them. */
  jobs: Job[];
}

/** The part of `Worker` that the pool uses; tests give their own. */
export type SpawnWorker = () => Worker;

const spawnDecodeWorker: SpawnWorker = () =>
  new Worker(new URL('./decode.worker.ts', import.meta.url), { type: 'module', name: 'decode' });

/** Cores for decoding: one is left to the page and the trainer where there are several. */
export function workersFor(cores: number): number {
  return Math.max(1, Math.min(MAX_WORKERS, cores - 1));
}

const closedError = (): Error => new DOMException('The decoder was closed.', 'AbortError');

export class DecodePool implements ImageDecoder {
  readonly concurrency: number;
  private readonly members: Member[] = [];
  private readonly queue: Job[] = [];
  private nextId = 1;
  private failure: Error | null = null;

  constructor(
    private readonly size: number = workersFor(navigator.hardwareConcurrency),
    private readonly spawn: SpawnWorker = spawnDecodeWorker,
  ) {
    this.concurrency = size * HELD_BY_A_WORKER;
  }

  decode(file: Blob, sizes: DecodeSizes, wantsClip?: WantsClip): Promise<DecodeOutcome> {
    if (this.failure !== null) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      const request = { id: this.nextId, file, sizes, asks: wantsClip !== undefined };
      this.nextId += 1;
      this.queue.push({ request, wantsClip, resolve, reject });
      this.feed();
    });
  }

  /** Ends all workers; decodes that are under way reject with an AbortError. */
  close(): void {
    this.fail(closedError());
  }

  private feed(): void {
    while (this.queue.length > 0) {
      const member = this.freest();
      if (member === null) return;
      const job = this.queue.shift();
      if (job === undefined) return;
      member.jobs.push(job);
      member.worker.postMessage(job.request, []);
    }
  }

  /** The worker with the least to do; a new one while there may be more and none is idle. */
  private freest(): Member | null {
    let best: Member | null = null;
    for (const member of this.members) if (best === null || member.jobs.length < best.jobs.length) best = member;
    if (this.members.length < this.size && (best === null || best.jobs.length > 0)) best = this.add();
    return best !== null && best.jobs.length < HELD_BY_A_WORKER ? best : null;
  }

  private add(): Member {
    const member: Member = { worker: this.spawn(), ready: false, jobs: [] };
    member.worker.addEventListener('message', (message: MessageEvent<DecodeReply>) =>
      this.receive(member, message.data),
    );
    member.worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.lose(member, event.message);
    });
    this.members.push(member);
    return member;
  }

  private receive(member: Member, reply: DecodeReply): void {
    if (reply.type === 'ready') {
      member.ready = true;
      return;
    }
    const index = member.jobs.findIndex((job) => job.request.id === reply.id);
    if (reply.type === 'asks') {
      void this.answer(member, reply.id, member.jobs[index]?.wantsClip?.(reply.hash) ?? false);
      return;
    }
    const [job] = index < 0 ? [] : member.jobs.splice(index, 1);
    if (reply.type === 'outcome') job?.resolve(reply.outcome);
    else job?.reject(decoderError(reply.message));
    this.feed();
  }

  private async answer({ worker }: Member, id: number, wanted: boolean | Promise<boolean>): Promise<void> {
    const answer: DecodeAnswer = { id, wanted: await wanted };
    worker.postMessage(answer, []);
  }

  /** A worker that never became ready cannot be loaded at all; one that was ready died of the picture it was at. */
  private lose(member: Member, message: string): void {
    const position = this.members.indexOf(member);
    if (position < 0) return;
    if (!member.ready) {
      this.fail(decoderError(message));
      return;
    }
    member.worker.terminate();
    this.members.splice(position, 1);
    const [culprit, ...waiting] = member.jobs;
    culprit?.resolve({ picture: null, reason: reasons.memory });
    this.queue.unshift(...waiting);
    this.feed();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    const jobs = [...this.members.flatMap((member) => member.jobs), ...this.queue.splice(0)];
    for (const member of this.members.splice(0)) member.worker.terminate();
    for (const job of jobs) job.reject(this.failure);
  }
}

function decoderError(message: string): StudioError {
  return new StudioError({
    code: 'internal',
    what: 'The part that decodes pictures could not run.',
    why: 'The browser did not load it, or stopped it.',
    action: 'Reload the page and drop the pictures again.',
    detail: message,
  });
}
