// A Slurm cluster of two nodes on this machine, and a training job through it: queued, run on both nodes, preempted by a
// job of higher priority, queued again, finished. The stage `cluster` of `npm test`. Needs Debian's slurm-wlm (which
// brings munge) and root, because slurmd starts tasks as users.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, say } from './setup.mjs';

const programs = ['slurmctld', 'slurmd', 'sbatch', 'scontrol', 'munged'];
/** Nothing here takes longer; a machine under load takes its time. */
const patienceMs = 600_000;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Why there can be no cluster here, and what to do; null where there can. */
export function clusterMissing() {
  const path = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;
  const missing = programs.filter((name) => !path.split(':').some((folder) => existsSync(join(folder, name))));
  if (missing.length > 0) return `Slurm is not installed here (${missing.join(', ')}). apt-get install slurm-wlm`;
  return process.getuid?.() === 0 ? null : 'Slurm starts tasks as users, which only root may do. Run this as root.';
}

function configuration(folder, port) {
  const host = hostname();
  const node = (name, at) =>
    `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${at} CPUs=2 RealMemory=1000 State=UNKNOWN`;
  return `ClusterName=studio
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool-%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd-%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
SchedulerParameters=sched_interval=2
KillWait=120
${node('n1', port + 1)}
${node('n2', port + 2)}
PartitionName=low Nodes=n1,n2 Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=0 State=UP
PartitionName=high Nodes=n1,n2 PriorityTier=10 PreemptMode=OFF State=UP
`;
}

class Cluster {
  #daemons = [];

  constructor(folder) {
    this.folder = folder;
    const port = 20_000 + (process.pid % 10_000);
    writeFileSync(join(folder, 'slurm.conf'), configuration(folder, port));
    // 1,024 bits that only this cluster knows.
    execFileSync('dd', ['if=/dev/urandom', `of=${folder}/munge.key`, 'bs=1', 'count=128'], { stdio: 'ignore' });
    execFileSync('chmod', ['600', `${folder}/munge.key`]);
    for (const name of ['state', 'spool-n1', 'spool-n2']) mkdirSync(join(folder, name));
    this.env = {
      ...process.env,
      PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin`,
      SLURM_CONF: join(folder, 'slurm.conf'),
    };
  }

  #start(program, args) {
    this.#daemons.push(spawn(program, args, { env: this.env, stdio: 'ignore' }));
  }

  async start() {
    const inside = (name) => join(this.folder, name);
    const files = ['key-file=munge.key', 'socket=munge.socket', 'pid-file=munged.pid', 'seed-file=munged.seed'];
    const paths = files.map((file) => `--${file.replace('=', `=${this.folder}/`)}`);
    this.#start('munged', ['--foreground', '--force', '--num-threads=2', ...paths]);
    await until('munge', () => existsSync(inside('munge.socket')));
    this.#start('slurmctld', ['-D']);
    for (const node of ['n1', 'n2']) this.#start('slurmd', ['-D', '-N', node]);
    await until(
      'two idle nodes',
      () => this.run('sinfo', ['-h', '-p', 'low', '-t', 'idle', '-o', '%D']).trim() === '2',
    );
  }

  /** @returns what a program of Slurm's prints; '' where it fails */
  run(program, args, options = {}) {
    const { stdout } = spawnSync(program, args, { env: this.env, encoding: 'utf8', ...options });
    return stdout ?? '';
  }

  /** @returns a field of `scontrol show job` */
  field(job, name) {
    return new RegExp(`\\b${name}=(\\S+)`).exec(this.run('scontrol', ['show', 'job', job]))?.[1] ?? '';
  }

  async stop() {
    for (const daemon of this.#daemons.toReversed()) {
      if (daemon.exitCode !== null) continue;
      const ended = new Promise((resolve) => daemon.once('exit', resolve));
      daemon.kill('SIGTERM');
      await Promise.race([ended, wait(5000).then(() => daemon.kill('SIGKILL'))]);
    }
  }
}

/** @throws Error where it does not come true in time */
async function until(what, condition) {
  const end = Date.now() + patienceMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await wait(250);
  }
}

/** A job of the sample: labels and clusters by clip-nano, no prompts, which would take a while. */
function prepareJob(folder, env) {
  const data = join(folder, 'data');
  const node = (args) =>
    execFileSync(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
  node([join(root, 'scripts/sampleFolder.mjs'), '--out', data]);
  const settings = ['kimg=0.8', 'ablation.prompts=imageCentroids', 'prompts.epochs=1'].flatMap((set) => ['--set', set]);
  const job = join(folder, 'job');
  const places = ['--data', data, '--out', join(folder, 'out'), '--job', job];
  node([join(root, 'scripts/command.mjs'), 'train', '--clip', 'clip-nano', ...places, ...settings]);
  return job;
}

/** Queues a job on both nodes. @returns its number */
function queue(cluster, partition, args, options) {
  const shape = ['--nodes=2', '--ntasks-per-node=1', '--cpus-per-task=2', '--gpus-per-node=0'];
  return cluster.run('sbatch', ['--parsable', ...shape, '-p', partition, ...args], options).trim();
}

async function journey(cluster, job, env, check) {
  const own = {
    cwd: job,
    env: { ...cluster.env, ...env, MASTER_ADDR: '127.0.0.1', GLOO_SOCKET_IFNAME: 'lo', OMP_NUM_THREADS: '1' },
  };
  const id = queue(cluster, 'low', ['job.sbatch', '--report-every', '5'], own);
  const log = () =>
    existsSync(join(job, `slurm-${id}.log`)) ? readFileSync(join(job, `slurm-${id}.log`), 'utf8') : '';
  await until(
    'training',
    () => /kimg {2}D/.test(log()) || /JobState=FAILED/.test(cluster.run('scontrol', ['show', 'job', id])),
  );
  check('both nodes train as one', log().includes('2 rank(s)') && cluster.field(id, 'NumNodes') === '2');
  const other = queue(cluster, 'high', ['--wrap', 'sleep 2'], own);
  await until('preemption', () => cluster.field(id, 'JobState') === 'PENDING');
  check('a job of higher priority preempts it, and it saves', /stopped at iteration \d+/.test(log()));
  await until('the other job', () => cluster.field(other, 'JobState') === 'COMPLETED');
  // Slurm would wait two minutes.
  cluster.run('scontrol', ['update', `JobId=${id}`, 'StartTime=now']);
  await until('the end', () => ['COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED'].includes(cluster.field(id, 'JobState')));
  check(
    'it is queued again and finishes',
    cluster.field(id, 'JobState') === 'COMPLETED' && cluster.field(id, 'Restarts') === '1',
  );
  const iterations = readFileSync(join(job, 'result', 'metrics.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[0]));
  const ascending = iterations.every((iteration, i) => i === 0 || iteration > iterations[i - 1]);
  check('it went on where it was', log().includes('finished') && ascending && iterations.at(-1) === 100);
  console.log(log());
}

/** The stage. @param environment of the tests, with PYTHON and a driver for preparing the job */
export async function testCluster(environment) {
  let [passed, failed] = [0, 0];
  const check = (what, true_) => {
    say(`${true_ ? 'yes' : 'NO '}  ${what}`);
    if (true_) passed += 1;
    else failed += 1;
  };
  const missing = clusterMissing();
  if (missing !== null) {
    say(missing);
    return { passed, failed: 1 };
  }
  const folder = mkdtempSync(join(tmpdir(), 'studio-cluster-'));
  const cluster = new Cluster(folder);
  try {
    const job = prepareJob(folder, environment);
    await cluster.start();
    await journey(cluster, job, { PYTHON: environment.PYTHON }, check);
  } catch (error) {
    check(error instanceof Error ? error.message : String(error), false);
    const log = join(folder, 'slurmctld.log');
    if (existsSync(log)) console.log(readFileSync(log, 'utf8').split('\n').slice(-20).join('\n'));
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return { passed, failed };
}
