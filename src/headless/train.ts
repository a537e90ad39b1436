/**
 * `npm run train -- --data DIR [--out runs/NAME] [--preset tiny] [--clip clip-nano] [--kimg N] [--batch N] [--seed N] [--truth FILE.csv]`: the studio's
 * session from the command line. With `--truth` (lines "path,class" under a header) the inferred labels are compared with the true ones. Writes the files of an export, and the sample grid at the start and at the end, to the output folder. Ctrl+C stops
 * the run and still writes what has been reached.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { encodePng } from '../formats/png';
import { tileGrid } from '../lcp/tileGrid';
import { parseRunConfig, presets, type PresetId, type RunConfig } from '../shared/config';
import { StudioError, toErrorInfo } from '../shared/errors';
import type { Event, EventOf } from '../session/protocol';
import { Session } from '../session/session';
import { nodePorts } from './nodePorts';
import { readFolder } from './readFolder';
import { readTruth } from './truth';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string', default: 'runs/latest' },
    preset: { type: 'string', default: 'tiny' },
    clip: { type: 'string', default: 'clip-nano' },
    kimg: { type: 'string' },
    batch: { type: 'string' },
    seed: { type: 'string' },
    truth: { type: 'string' },
  },
});

function usage(problem: string): never {
  console.error(`${problem}\nUsage: npm run train -- --data DIR [--out DIR] [--preset ${Object.keys(presets).join('|')}] [--clip ID] [--kimg N] [--batch N] [--seed N] [--truth FILE.csv]`);
  process.exit(2);
}

function configuration(): RunConfig {
  const preset = presets[values.preset as PresetId];
  if (!preset) usage(`There is no preset "${values.preset}".`);
  const number = (text: string | undefined, otherwise: number): number => (text === undefined ? otherwise : Number(text));
  return parseRunConfig({ ...preset, kimg: number(values.kimg, preset.kimg), batch: number(values.batch, preset.batch), seed: number(values.seed, preset.seed) });
}

/** One line a second for a person. */
class Console {
  private lastLine = 0;
  lossD = Number.NaN;
  lossG = Number.NaN;

  progress({ phase, label, done, total, unit, secondsLeft }: EventOf<'progress'>): void {
    const now = Date.now();
    if (now - this.lastLine < 1000 && done < total) return;
    this.lastLine = now;
    const left = secondsLeft === null ? '' : `, ${Math.ceil(secondsLeft)} s left`;
    const losses = phase === 'train' && Number.isFinite(this.lossD) ? `, loss D ${this.lossD.toFixed(3)} G ${this.lossG.toFixed(3)}` : '';
    console.log(`${phase.padEnd(9)} ${label}: ${Number(done.toFixed(3))}${total > 0 ? ` of ${total}` : ''} ${unit}${left}${losses}`);
  }
}

interface Seen {
  first: EventOf<'samples'> | null;
  last: EventOf<'samples'> | null;
  failure: StudioError | null;
  kept: Uint32Array;
}

async function writeGrid(out: string, name: string, samples: EventOf<'samples'>): Promise<void> {
  const grid = tileGrid({ ...samples, scale: 2 });
  writeFileSync(join(out, `${name}.png`), await encodePng(grid));
}

async function main(): Promise<void> {
  if (values.data === undefined) usage('Where are the pictures?');
  const config = configuration();
  const { out } = values;
  mkdirSync(out, { recursive: true });
  const terminal = new Console();
  const seen: Seen = { first: null, last: null, failure: null, kept: new Uint32Array() };
  const { reading, items } = await readFolder(values.data);
  console.log(`${values.data}: ${reading.sentence}`);
  const truth = values.truth === undefined ? null : readTruth(values.truth, reading.classes);
  let ended: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const emit = (event: Event): void => {
    if (event.type === 'progress') terminal.progress(event);
    if (event.type === 'stats') {
      const last = event.points.at(-1);
      terminal.lossD = last?.values['lossD'] ?? Number.NaN;
      terminal.lossG = last?.values['lossG'] ?? Number.NaN;
    }
    if (event.type === 'samples') {
      seen.first ??= event;
      seen.last = event;
    }
    if (event.type === 'dataset') seen.kept = event.kept;
    if (event.type === 'labels') {
      console.log(`labels    ${JSON.stringify(event.summary)}`);
      if (truth) console.log(`labels    ${truth.compare(Array.from(seen.kept, (index) => items[index]).filter((item) => item !== undefined), event)}`);
    }
    if (event.type === 'notice') console.log(`${event.tone.padEnd(9)} ${event.text} ${event.action}`);
    if (event.type === 'failed') seen.failure = new StudioError(event.error);
    if (event.type === 'state' && ['finished', 'stopped', 'failed'].includes(event.state)) ended();
  };
  const session = new Session(nodePorts(emit));
  await session.handle({ type: 'hello', id: 0, version: 1, modelsUrl: '' });
  await session.handle({ type: 'import', id: 1, classes: reading.classes, items, resolution: config.resolution });
  process.once('SIGINT', () => void session.handle({ type: 'stop', id: 2 }));
  await session.handle({ type: 'start', id: 3, config, clip: { kind: 'manifest', id: values.clip } });
  await end;
  if (seen.failure) throw seen.failure;
  const exported = await session.handle({ type: 'export', id: 4 });
  for (const file of exported?.files ?? []) writeFileSync(join(out, file.name), new Uint8Array(file.bytes));
  if (seen.first) await writeGrid(out, 'grid-start', seen.first);
  if (seen.last) await writeGrid(out, 'grid-end', seen.last);
  await session.close();
  console.log(`Written to ${out}.`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const { what, why, action, detail } = toErrorInfo(error);
    console.error(`${what} ${why} ${action}${detail ? `\n${detail}` : ''}`);
    process.exit(1);
  },
);
