/**
 * One adversarial iteration of a base model at 32 px with the CLIP head, of StyleGAN2-ADA with R1: ours against the same networks in stock tfjs operations with
 * tfjs' own optimizer and backend. Counts and bytes come from Dawn's null backend (exact); the ratios of times from the
 * adapter at hand, iterations taking turns: of the clock's, and of processors' time, which tells more of a software
 * adapter on a machine that does other things as well.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { median, rounded } from './measure';
import type { Base } from '../src/shared/config';
import type { Bench } from './bench';
import type { Account, ContenderOptions, Reply, Request, Spent } from './step/contender';
import { buildContenders, modelsFolder } from './step/buildContenders';

const roundsWanted = 9;
/** Rounds that are run however long they take. */
const fewestRounds = 3;
/** Milliseconds that the bench may take in all; its start alone takes more where no shader is in the driver's cache. */
const allowed = { short: 45_000, long: 600_000 };

class Contender {
  private constructor(private readonly child: ChildProcess) {}

  static async start(bundle: string, options: Omit<ContenderOptions, 'models'>): Promise<Contender> {
    const child = fork(bundle, [JSON.stringify({ ...options, models: modelsFolder })], { execArgv: [] });
    const contender = new Contender(child);
    await contender.next('ready');
    return contender;
  }

  private next<K extends Reply['kind']>(kind: K): Promise<Extract<Reply, { kind: K }>> {
    return new Promise((resolve, reject) => {
      const failed = (code: number | null): void => reject(new Error(`a contender ended with code ${code}`));
      this.child.once('exit', failed);
      this.child.once('message', (reply: Reply) => {
        this.child.off('exit', failed);
        if (reply.kind === kind) resolve(reply as Extract<Reply, { kind: K }>);
        else reject(new Error(`expected ${kind}, got ${reply.kind}`));
      });
    });
  }

  async account(): Promise<Account> {
    this.child.send({ kind: 'account' } satisfies Request);
    return (await this.next('account')).account;
  }

  async iterate(): Promise<Spent> {
    this.child.send({ kind: 'iterate' } satisfies Request);
    return (await this.next('iterate')).spent;
  }

  end(): void {
    this.child.kill();
  }
}

async function accountOf(bundle: string, base: Base): Promise<Account> {
  const contender = await Contender.start(bundle, { nullBackend: true, base, batch: 4, width: 16 });
  const account = await contender.account();
  contender.end();
  return account;
}

/**
 * Iterations in turn, until there are enough rounds or the time is over.
 * @param end of the time, on performance.now()'s clock
 */
async function timesOf(
  [ours, tfjs]: readonly [Contender, Contender],
  end: number,
): Promise<{ ours: Spent[]; tfjs: Spent[]; adapter: string }> {
  const times = { ours: [] as Spent[], tfjs: [] as Spent[] };
  let longest = 0;
  while (times.ours.length < roundsWanted && (times.ours.length < fewestRounds || performance.now() + longest < end)) {
    const round = [await tfjs.iterate(), await ours.iterate()] as const;
    times.tfjs.push(round[0]);
    times.ours.push(round[1]);
    longest = Math.max(longest, round[0].wall + round[1].wall);
  }
  const { adapter } = await ours.account();
  ours.end();
  tfjs.end();
  return { ...times, adapter };
}

export const run: Bench = async ({ long, base }) => {
  const end = performance.now() + (long ? allowed.long : allowed.short);
  const bundles = await buildContenders();
  // All of them start side by side; times are taken when nothing else runs any more.
  const size = { nullBackend: false, base, batch: 2, width: 16 };
  const [ours, tfjs, ...contenders] = await Promise.all([
    accountOf(bundles.ours, base),
    accountOf(bundles.tfjs, base),
    Contender.start(bundles.ours, size),
    Contender.start(bundles.tfjs, size),
  ]);
  const real = await timesOf(contenders, end);
  const ratioOf = (kind: keyof Spent): number =>
    median(real.tfjs.map((spent) => spent[kind])) / median(real.ours.map((spent) => spent[kind]));
  const ratio = ratioOf('wall');
  console.log(
    `dispatches an iteration: ${tfjs.iteration.dispatches} stock tfjs, ${ours.iteration.dispatches} ours (and ${ours.iteration.copies} copies)`,
  );
  console.log(
    `submits: ${tfjs.iteration.submits} and ${ours.iteration.submits}; peak GPU bytes: ${(tfjs.peakBytes / 1e6).toFixed(1)} and ${(ours.peakBytes / 1e6).toFixed(1)} MB`,
  );
  console.log(
    `a warm iteration of ours creates ${ours.iteration.buffersCreated} buffers, ${ours.iteration.bindGroupsCreated} bind groups, ${ours.iteration.pipelinesCreated} pipelines`,
  );
  console.log(
    `time of an iteration, stock over ours: ${ratio.toFixed(2)} (median of ${real.ours.length} rounds); of processors': ${ratioOf('processor').toFixed(2)}`,
  );
  return {
    adapter: real.adapter,
    base,
    dispatches: { tfjs: tfjs.iteration.dispatches, ours: ours.iteration.dispatches },
    copies: { tfjs: tfjs.iteration.copies, ours: ours.iteration.copies },
    submits: { tfjs: tfjs.iteration.submits, ours: ours.iteration.submits, phases: ours.phases },
    steady: {
      buffersCreated: ours.iteration.buffersCreated,
      bindGroupsCreated: ours.iteration.bindGroupsCreated,
      pipelinesCreated: ours.iteration.pipelinesCreated,
    },
    readbackBytesPer16: ours.readback.readbackBytes,
    peakBytes: { tfjs: tfjs.peakBytes, ours: ours.peakBytes },
    stepTimeRatio: rounded(ratio),
    processorTimeRatio: rounded(ratioOf('processor')),
    rounds: real.ours.length,
  };
};
