/**
 * What the session tells the page, as a discriminated union that is validated on arrival (`parseEvent`). Pixel data
 * cross as transferred ArrayBuffers, never as tensors.
 */
import * as v from 'valibot';
import { healthCodes, healthStates } from '../../lcp/health/health';
import { runConfigSchema } from '../../shared/config';
import { errorCodes } from '../../shared/errors';
import { imageIndex, slotIndex } from '../../shared/indices';
import { matteSchema } from '../../shared/matte';
import { evaluationSchema } from '../evaluation/evaluation';
import { clipAnswerSchema } from '../clip/clipAnswer';
import { clusterEditsSchema } from '../knowledge/clusterEditsSchema';

const integer = v.pipe(v.number(), v.integer());
const image = v.pipe(integer, v.transform(imageIndex));
const slot = v.pipe(integer, v.transform(slotIndex));

/** Phases of a run in order. `train` is the only one that can last hours. */
export const phaseIds = ['clip', 'features', 'labels', 'partition', 'prompts', 'compile', 'train'] as const;
export type PhaseId = (typeof phaseIds)[number];

export const sessionStates = [
  'booting',
  'idle',
  'importing',
  'ready',
  'preparing',
  'training',
  'paused',
  'finished',
  'stopped',
  'failed',
] as const;
export type SessionState = (typeof sessionStates)[number];

const errorInfo = v.object({
  code: v.picklist(errorCodes),
  what: v.string(),
  why: v.string(),
  action: v.string(),
  detail: v.optional(v.string()),
});

const clusterCard = v.object({
  slot,
  classIndex: integer,
  cluster: integer,
  className: v.string(),
  share: v.number(),
  spread: v.nullable(v.number()),
  exemplars: v.array(image),
  context: v.array(v.array(v.object({ word: v.string(), distance: v.number() }))),
  promptCosine: v.nullable(v.number()),
  words: v.nullable(
    v.object({
      against: v.picklist(['siblings', 'classes']),
      words: v.array(v.object({ word: v.string(), effect: v.number(), agrees: v.nullable(v.boolean()) })),
      few: v.optional(v.boolean()),
    }),
  ),
  history: v.array(
    v.object({
      iteration: integer,
      words: v.array(v.string()),
      nearest: v.array(v.string()),
      turned: v.nullable(v.number()),
      apart: v.nullable(v.number()),
    }),
  ),
});

const noted = v.optional(v.object({ count: integer, first: v.string() }));
const datasetSummary = v.object({
  classes: v.array(v.string()),
  imageCount: integer,
  labeledPerClass: v.array(integer),
  unlabeledCount: integer,
  duplicates: v.optional(v.object({ copies: v.array(integer), contradicting: v.array(integer) })),
  noted: v.optional(v.object({ pages: noted, frames: noted, transparent: noted })),
  broken: v.array(v.object({ path: v.string(), reason: v.string() })),
  matte: v.optional(matteSchema),
  resolution: integer,
});

const interruptedRun = v.object({
  id: v.string(),
  classes: v.array(v.string()),
  imageCount: integer,
  /** Digest of its pictures' contents, as a data set tells its own. */
  pictures: v.optional(v.string()),
  /** Iterations done, and of how many. */
  iteration: integer,
  iterations: integer,
  kimg: v.number(),
  /** Milliseconds since the epoch. */
  savedAt: v.number(),
  /** What transparent parts of its pictures were laid over; absent: white. */
  matte: v.optional(matteSchema),
  /** Null where this version of the studio cannot read it: the run cannot go on then. */
  config: v.nullable(runConfigSchema),
  /** Id in the manifest; null where it was the user's own files. */
  clip: v.nullable(v.string()),
  /** True where the pictures that are open are the run's own, under the same labels. */
  fits: v.boolean(),
});
export type InterruptedRun = v.InferOutput<typeof interruptedRun>;

const labelInference = v.object({
  alpha: v.number(),
  temperature: v.number(),
  crossValidatedAccuracy: v.nullable(v.number()),
  zeroShotAccuracy: v.nullable(v.number()),
  labeled: integer,
  trusted: integer,
  untrusted: integer,
  inferredPerClass: v.array(integer),
});

const score = { right: integer, count: integer };
const promptQuality = v.object({
  trained: v.nullable(v.object(score)),
  heldBack: v.nullable(v.object(score)),
  probe: v.nullable(v.number()),
  withinClass: v.nullable(v.object({ ...score, chance: v.number() })),
  siblings: v.nullable(v.number()),
});

const adapterInfo = v.object({
  vendor: v.string(),
  architecture: v.string(),
  description: v.string(),
  isFallback: v.boolean(),
  f16: v.boolean(),
  subgroups: v.boolean(),
  maxBufferBytes: v.number(),
});
export type AdapterInfo = v.InferOutput<typeof adapterInfo>;

export const eventSchema = v.variant('type', [
  v.object({ type: v.literal('reply'), id: integer, error: v.nullable(errorInfo), result: v.optional(v.unknown()) }),
  v.object({ type: v.literal('state'), state: v.picklist(sessionStates) }),
  v.object({ type: v.literal('adapter'), adapter: adapterInfo }),
  v.object({
    type: v.literal('progress'),
    /** `import`, or the phase of a run. */
    phase: v.picklist(['import', ...phaseIds]),
    /** Plain words for what is going on, e.g. "Downloading OpenAI ViT-B/32". */
    label: v.string(),
    done: v.number(),
    /** 0 where the total is not known. */
    total: v.number(),
    unit: v.picklist(['bytes', 'images', 'steps', 'epochs', 'kimg']),
    secondsLeft: v.nullable(v.number()),
  }),
  v.object({
    type: v.literal('dataset'),
    summary: datasetSummary,
    /** For each decoded image, its position in the `import` command's items. */
    decoded: v.instance(Uint32Array),
    /** Digest of the pictures' contents in their order: what they are known by at the next visit. */
    pictures: v.optional(v.string()),
  }),
  /**
   * The labels that a person changed, all of them, as they were kept: after an import, and when a saved run brings them
   * back. `classes`: all of the data set, those that a person added at the end.
   */
  v.object({
    type: v.literal('labelChanges'),
    classes: v.array(v.string()),
    images: v.instance(Uint32Array),
    to: v.instance(Int32Array),
  }),
  /** Pictures whose label was changed since the run took labels in; 0 when it has. */
  v.object({ type: v.literal('labelsPending'), pictures: integer }),
  /** CLIP looks at the pictures for a person who labels; `total` is 0 where it is not known. */
  v.object({ type: v.literal('studying'), label: v.string(), done: v.number(), total: v.number() }),
  /** The newest interrupted run; of the pictures that are open, where there is one of them. Null: none. */
  v.object({ type: v.literal('interrupted'), run: v.nullable(interruptedRun) }),
  /** What a person wants of the clusters, as the session has it. */
  v.object({ type: v.literal('clusterEdits'), edits: clusterEditsSchema }),
  /** The run is kept on this machine, as of now, under this id. */
  v.object({ type: v.literal('kept'), run: v.string() }),
  v.object({
    type: v.literal('labels'),
    summary: labelInference,
    /** arg-max class a decoded image */ inferred: v.instance(Int32Array),
    trust: v.instance(Float32Array),
  }),
  /** What the learnt prompts are worth; null: none were learnt. */
  v.object({ type: v.literal('prompts'), quality: v.nullable(promptQuality) }),
  v.object({ type: v.literal('clusters'), revision: integer, cards: v.array(clusterCard) }),
  /**
   * Where the newest samples of the health checks lie: samples nearest to each slot, and as many as would lie there if
   * samples were spread as the pictures are; both [S].
   */
  v.object({ type: v.literal('clusterSamples'), observed: v.array(v.number()), expected: v.array(v.number()) }),
  v.object({
    type: v.literal('stats'),
    points: v.array(v.object({ iteration: integer, kimg: v.number(), values: v.record(v.string(), v.number()) })),
  }),
  v.object({
    type: v.literal('samples'),
    iteration: integer,
    kimg: v.number(),
    columns: integer,
    /** Slot of each row. */
    rows: v.array(slot),
    /** Edge length of one tile. */
    size: integer,
    /** rows x columns tiles, row-major, each size x size RGBA (tile after tile, not one big image). */
    rgba: v.instance(ArrayBuffer),
    /** The same tiles without the moving average, where they were asked for (`watch`). */
    raw: v.optional(v.instance(ArrayBuffer)),
  }),
  /** All health checks as they stand, in a fixed order. */
  v.object({
    type: v.literal('health'),
    findings: v.array(
      v.object({
        code: v.picklist(healthCodes),
        state: v.picklist(healthStates),
        value: v.nullable(v.number()),
        text: v.string(),
        action: v.string(),
      }),
    ),
  }),
  v.object({
    type: v.literal('notice'),
    tone: v.picklist(['info', 'warning']),
    code: v.string(),
    text: v.string(),
    action: v.string(),
  }),
  v.object({ type: v.literal('failed'), error: errorInfo }),
  /** A measurement is going on: in words and as a fraction; `done` is null when it has ended. */
  v.object({ type: v.literal('evaluating'), label: v.string(), done: v.nullable(v.number()) }),
  /** What a measurement gave. `copies`: the samples of `result.copies.pairs`, in that order, size x size RGBA tiles. */
  v.object({ type: v.literal('evaluation'), result: evaluationSchema, size: integer, copies: v.instance(ArrayBuffer) }),
  /** The pictures compared with a person's words. */
  /** What judges samples in training, of the list of CLIPs; null where the run's own CLIP does. */
  v.object({ type: v.literal('critic'), critic: v.nullable(v.object({ id: v.string(), name: v.string() })) }),
  v.object({ type: v.literal('clipAnswer'), result: clipAnswerSchema }),
]);
export type Event = v.InferOutput<typeof eventSchema>;
export type EventOf<T extends Event['type']> = Extract<Event, { type: T }>;

export function parseEvent(message: unknown): Event {
  return v.parse(eventSchema, message);
}
