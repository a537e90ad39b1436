/**
 * `npm run train -- --data DIR` (`--help` lists the options): the studio's session from the command line. With
 * `--metrics`, samples are measured at the end, and every so many kimg on the way. With `--truth` (lines "path,class"
 * under a header) the inferred labels are compared with the true ones. Writes the configuration, the files of an export,
 * and the sample grid at the start and at the end, to the output folder. Ctrl+C stops the run and still writes what has
 * been reached; so does a run that fails once there is something to write. A run that did not come to its end is saved
 * in the output folder, and the same command goes on with it.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blockingError } from '../data/interpret';
import { encodePng } from '../formats/png';
import { tileGrid } from '../lcp/checkpoint/tileGrid';
import type { EventOf } from '../session/protocol/events';
import { Session } from '../session/session';
import { chosenCritic } from './clipOptions';
import { runCommand } from './commandLine';
import { TrainingMetrics } from './evaluateTraining';
import { FileRunStore, unfinishedName } from './fileRunStore';
import { nodePorts } from './nodePorts';
import { readFolder, warningLines } from './readFolder';
import { RunConsole } from './runConsole';
import { trainOptions } from './trainOptions';
import { readTruth } from './truth';
import { writeJob } from './writeJob';

async function writeGrid(out: string, name: string, samples: EventOf<'samples'> | null): Promise<void> {
  if (samples) writeFileSync(join(out, `${name}.png`), await encodePng(tileGrid({ ...samples, scale: 2 })));
}

async function writeResults(session: Session, out: string, terminal: RunConsole): Promise<void> {
  const exported = await session.handle({ type: 'export', id: 4 });
  for (const file of exported?.files ?? []) writeFileSync(join(out, file.name), new Uint8Array(file.bytes));
  await writeGrid(out, 'grid-start', terminal.firstGrid);
  await writeGrid(out, 'grid-end', terminal.lastGrid);
  console.log(`Written to ${out}.`);
}

async function main(): Promise<void> {
  const options = trainOptions(process.argv.slice(2));
  const { data, reading: how, out, clip, critic, truth, job, config, metrics: measured } = options;
  await chosenCritic(options, nodePorts(() => undefined).clipIo);
  mkdirSync(out, { recursive: true });
  const { reading, items } = await readFolder(data, how);
  writeFileSync(join(out, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  console.log([`${data}: ${reading.sentence}`, ...warningLines(reading)].join('\n'));
  const blocked = blockingError(reading);
  if (blocked) throw blocked;
  const paths = items.map(({ path }) => path);
  const terminal = new RunConsole({
    items,
    truth: truth === undefined ? null : readTruth(truth, paths, reading.classes),
  });
  const savedFile = join(out, unfinishedName);
  const runStore = new FileRunStore(savedFile);
  let finished = false;
  /** The training job, once it is being written. */
  let written: Promise<void> | null = null;
  const session: Session = new Session({
    ...nodePorts((event) => {
      terminal.take(event);
      metrics?.onEvent(event);
      if (event.type === 'state') finished = event.state === 'finished';
      if (job === undefined || written || event.type !== 'state' || event.state !== 'training') return;
      written = writeJob(session, job);
      written.catch(() => undefined); // told of once the run has ended
    }),
    runStore,
  });
  const metrics = measured && new TrainingMetrics({ ...measured, handle: (command) => session.handle(command) });
  await session.handle({ type: 'hello', id: 0, version: 1, modelsUrl: '' });
  const source = { kind: 'manifest', id: clip } as const;
  await session.handle({
    type: 'import',
    id: 1,
    classes: reading.classes,
    items,
    resolution: config.resolution,
    matte: how.matte,
    clip: source,
  });
  process.once('SIGINT', () => void session.handle({ type: 'stop', id: 2 }));
  await session.handle({ type: 'start', id: 3, config, clip: source, critic, resume: 'ifSaved' });
  await terminal.ended;
  await written;
  const { failure } = terminal;
  if (!failure) await metrics?.finish();
  if (!failure && job === undefined) await writeResults(session, out, terminal);
  // What a failed run had reached is worth keeping, but the failure is what counts.
  if (failure) await writeResults(session, out, terminal).catch(() => undefined);
  if (finished || job !== undefined) await runStore.forget();
  else if (existsSync(savedFile))
    console.log(`The same command goes on with this run; to begin anew, delete ${savedFile}.`);
  await session.close();
  if (failure) throw failure;
}

runCommand(main);
