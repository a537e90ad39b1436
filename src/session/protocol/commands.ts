/**
 * What the page may ask of the session, as one table: each command's arguments, as they are validated on arrival, and
 * what it is answered with. Everything else follows from it: the message that crosses to the worker (`Command`), the
 * page's methods (`commandsFrom`), and what a session must be able to do (`SessionCommands`). A new command is a line
 * here, a method in `session.ts`, and whoever calls it.
 */
import * as v from 'valibot';
import type { Benchmark } from '../training/benchmark';
import { runConfigSchema } from '../../shared/config';
import { matteSchema } from '../../shared/matte';
import { askedTexts, mostCharacters } from '../clip/clipAnswer';
import type { ClusterMap } from '../knowledge/clusterMapTypes';
import { clusterEditsSchema } from '../knowledge/clusterEditsSchema';
import type { Drawn, GeneratorFacts } from '../playground/drawn';
import type { Findings } from '../labels/findings';
import type { Guesses } from '../labels/guesses';

export const PROTOCOL_VERSION = 1;

const integer = v.pipe(v.number(), v.integer());

const importItem = v.object({
  /** Path inside the dropped folder, with '/' separators. */
  path: v.string(),
  file: v.instance(Blob),
  /** Index into `classes`, or -1. */
  label: integer,
});
export type ImportItem = v.InferOutput<typeof importItem>;

/** Where CLIP comes from: an entry of models/manifest.json by id, or files that the user gave. */
const clipSource = v.variant('kind', [
  v.object({ kind: v.literal('manifest'), id: v.string() }),
  v.object({ kind: v.literal('files'), files: v.array(v.object({ name: v.string(), file: v.instance(Blob) })) }),
]);
export type ClipSource = v.InferOutput<typeof clipSource>;

/** What measures; `clip`: on the features of the run's own CLIP. */
const evaluationSource = v.variant('kind', [
  v.object({ kind: v.literal('manifest'), id: v.string() }),
  v.object({ kind: v.literal('file'), file: v.instance(Blob) }),
  v.object({ kind: v.literal('clip') }),
]);
export type EvaluationSource = v.InferOutput<typeof evaluationSource>;

/** Go on with this very run, as it was saved: 'must' fails where it was not, 'ifSaved' begins it then. */
const resume = v.picklist(['must', 'ifSaved']);
export type Resume = v.InferOutput<typeof resume>;

/** Networks that a run begins with: those of a kept run, or of an exported checkpoint (the file). */
const origin = v.variant('kind', [
  v.object({ kind: v.literal('run'), run: v.string() }),
  v.object({ kind: v.literal('file'), file: v.instance(Blob) }),
]);
export type Origin = v.InferOutput<typeof origin>;

/** Whose generator draws: the run's, or that of the checkpoint that is open. */
const generatorOf = v.picklist(['run', 'checkpoint']);
const numbers = v.custom<Float32Array>((value) => value instanceof Float32Array);

/** What a person calls the pictures of a run, and what it began with. */
const runTitle = v.object({ data: v.string(), origin: v.nullable(v.string()) });
export type RunTitle = v.InferOutput<typeof runTitle>;

/** File name and bytes of each file in the bundle. */
export interface ExportResult {
  files: { name: string; bytes: ArrayBuffer }[];
}

/** A number for every picture; NaN where a picture could not be read. */
export interface PictureScores {
  scores: Float32Array<ArrayBuffer>;
}

interface Declared<Entries extends v.ObjectEntries, Answer> {
  schema: v.ObjectSchema<Entries, undefined>;
  /** The buffers of a reply that are handed over, not copied. */
  transfer: (reply: Answer) => Transferable[];
}

/** A command that is answered when it is done, and with nothing. */
function command<Entries extends v.ObjectEntries>(entries: Entries): Declared<Entries, void> {
  return { schema: v.object(entries), transfer: () => [] };
}

/** A command that is answered with something. */
function question<Entries extends v.ObjectEntries, Answer>(
  entries: Entries,
  transfer: (reply: Answer) => Transferable[],
): Declared<Entries, Answer> {
  return { schema: v.object(entries), transfer };
}

export const commands = {
  hello: command({ version: v.literal(PROTOCOL_VERSION), modelsUrl: v.string() }),
  /** Items of an import, ahead of it and in parts: a hundred thousand at once would hold up the page that sends them. */
  offer: command({ ticket: integer, items: v.array(importItem) }),
  import: command({
    /** Of what was offered: it comes before `items`. Without it nothing was. */
    ticket: v.optional(integer),
    classes: v.array(v.string()),
    items: v.array(importItem),
    resolution: integer,
    /** What transparent parts are laid over; default white. */
    matte: v.optional(matteSchema),
    /** The CLIP that is chosen at the moment: pictures are decoded for it in the same pass. */
    clip: v.optional(clipSource),
  }),
  /** Ends an import that is going on: there are no pictures then. */
  cancelImport: command({}),
  /** Begins a run, or resumes one. Answered when it has been accepted; its course and its end arrive as events. */
  start: command({
    config: runConfigSchema,
    clip: clipSource,
    /** Listed CLIP that judges samples in training; default what the list says of `clip`, or what the run had. */
    critic: v.optional(v.string()),
    resume: v.optional(resume),
    /** The kept run that is resumed; default the newest that fits. */
    run: v.optional(v.string()),
    /** Begins with these networks instead of noise. */
    from: v.optional(origin),
    title: v.optional(runTitle),
  }),
  /** Forgets a saved run. */
  forget: command({ run: v.string() }),
  /** Looks anew which run was interrupted: an `interrupted` event says so before the answer. */
  lookForInterrupted: command({}),
  pause: command({}),
  resume: command({}),
  stop: command({}),
  /** Times iterations on made-up pictures; refused in a run, ended by one. */
  benchmark: question(
    { config: runConfigSchema, iterations: v.pipe(integer, v.minValue(1), v.maxValue(200)) },
    (_: Benchmark) => [],
  ),
  /** What is drawn beside the samples of the moving average: `raw`, those of the weights as they are. */
  watch: command({ raw: v.boolean() }),
  /** Builds the export bundle; allowed while training, paused, finished and stopped. */
  export: question({}, ({ files }: ExportResult) => files.map(({ bytes }) => bytes)),
  /** The files of a training job, for PyTorch to go on from here; allowed when `export` is. Names are paths in its folder. */
  trainingJob: question({}, ({ files }: ExportResult) => files.map(({ bytes }) => bytes)),
  /**
   * Measures samples of the networks as they are, from outside the training loop. The result is an `evaluation` event
   * before the answer.
   */
  evaluate: command({
    network: evaluationSource,
    samples: v.pipe(integer, v.minValue(20), v.maxValue(50_000)),
    seed: integer,
  }),
  cancelEvaluation: command({}),
  /**
   * Compares the pictures with words, from the features phase on; allowed while training. What it found is a `scores`
   * event before the answer.
   */
  askClip: command({ texts: askedTexts }),
  /** Pictures, prompts and samples in one plane. */
  clusterMap: question({}, (_: ClusterMap) => []),
  /** What a person wants of the clusters: done at the next refresh of what is known, or between two iterations `now`. */
  editClusters: command({ edits: clusterEditsSchema, now: v.boolean() }),
  /** Opens an exported checkpoint to draw from, in place of one that is open; refused while a run is going on. */
  openCheckpoint: question({ file: v.instance(Blob) }, (_: GeneratorFacts) => []),
  /** What the run's generator draws. */
  generator: question({}, (_: GeneratorFacts) => []),
  /**
   * Pictures of z [n, latent] and u [n, S]; `nearest` looks for the real picture nearest to each. `truncation`: psi in
   * [0, 1] for a generator with styles, 1 draws as in training; others take 1 alone. `mixed`: such a generator's styles
   * from number `from` on are those of these z and u.
   */
  draw: question(
    {
      of: generatorOf,
      z: numbers,
      u: numbers,
      nearest: v.boolean(),
      truncation: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 1),
      mixed: v.optional(v.object({ z: numbers, u: numbers, from: v.pipe(integer, v.minValue(1)) })),
    },
    ({ rgba }: Drawn) => [rgba],
  ),
  /** Latent directions that change pictures of the condition u [S] most: unit rows, [count, latent]. */
  directions: question(
    { of: generatorOf, u: numbers, count: v.pipe(integer, v.minValue(1), v.maxValue(32)) },
    ({ buffer }: Float32Array) => [buffer as ArrayBuffer],
  ),
  /**
   * A person changed labels: `to` holds a class, or what `LabelBook.set` takes, for each of `images`. `classes`: all of
   * them, new ones at the end, which only come while no run is going on. A run takes the labels in at its next refresh.
   */
  editLabels: command({
    classes: v.array(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(mostCharacters))),
    images: v.instance(Uint32Array),
    to: v.instance(Int32Array),
  }),
  /** A class of the person's own that no picture has is taken away; only while no run is going on. */
  removeClass: command({ name: v.string() }),
  /** The run takes changed labels in before its next iteration. */
  useLabels: command({}),
  /**
   * What CLIP and the labels so far say of every picture. Before a run has looked at the pictures, the CLIP looks at them
   * now (`studying` events); during and after one it is the run's.
   */
  studyPictures: question({ clip: clipSource }, ({ inferred, confidence, queue }: Guesses) => [
    inferred.buffer,
    confidence.buffer,
    queue.buffer,
  ]),
  /** What can be said against the pictures and their labels. CLIP looks at them as for `studyPictures`. */
  checkPictures: question({ clip: clipSource }, ({ widths, heights }: Findings) => [widths.buffer, heights.buffer]),
  /** How well each picture fits words, as a cosine. After `studyPictures`. */
  rankByWords: question(
    { text: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(mostCharacters)) },
    ({ scores }: PictureScores) => [scores.buffer],
  ),
  /** How much each picture resembles the nearest of some, at most 1. After `studyPictures`. */
  rankByLikeness: question({ images: v.instance(Uint32Array) }, ({ scores }: PictureScores) => [scores.buffer]),
};

type Table = typeof commands;
export type CommandName = keyof Table;
export type Arguments<Name extends CommandName> = v.InferOutput<Table[Name]['schema']>;
export type Reply<Name extends CommandName> = Table[Name]['transfer'] extends (reply: infer R) => unknown ? R : never;

/** A command as it crosses to the worker. It is answered by one `reply` event with the same id. */
export type Command = { [Name in CommandName]: { type: Name; id: number } & Arguments<Name> }[CommandName];

type Method<Name extends CommandName> = keyof Arguments<Name> extends never
  ? () => Promise<Reply<Name>>
  : (args: Arguments<Name>) => Promise<Reply<Name>>;

/** All commands as methods. Each settles when it has been answered; it rejects with a `StudioError`. */
export type SessionCommands = { [Name in CommandName]: Method<Name> };

const names = Object.keys(commands) as CommandName[];
const envelope = v.object({ type: v.picklist(names), id: integer });

/** @throws ValiError where it is no command, or one of its arguments is out of range */
export function parseCommand(message: unknown): Command {
  const { type, id } = v.parse(envelope, message);
  return { ...v.parse(commands[type].schema, message), type, id } as Command;
}

/** Methods that hand each command to `send`, which gives what it is answered with. */
export function commandsFrom(send: (type: CommandName, args: object) => Promise<unknown>): SessionCommands {
  return Object.fromEntries(names.map((type) => [type, (args: object = {}) => send(type, args)])) as SessionCommands;
}

/** Has `methods` do what the command says. */
export function perform<C extends Command>(methods: SessionCommands, asked: C): Promise<Reply<C['type']>> {
  const method = methods[asked.type] as (args: C) => Promise<unknown>;
  return method(asked) as Promise<Reply<C['type']>>;
}

/** The buffers of what a command is answered with that are handed over. */
export function transferOf(type: CommandName, reply: unknown): Transferable[] {
  return (commands[type].transfer as (reply: unknown) => Transferable[])(reply);
}
