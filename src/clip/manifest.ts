/**
 * The list of CLIP models that the studio knows (models/manifest.json): where their files are, how large, and what they
 * must hash to. Addresses are absolute, or relative to the folder that holds the manifest.
 */
import * as v from 'valibot';
import { StudioError } from '../shared/errors';

const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const triple = v.strictTuple([v.number(), v.number(), v.number()]);

const fileSchema = v.object({
  /**
   * `joint` holds both towers, `data` the weights of a tower whose graph says so; its name is the last part of the
   * address.
   */
  role: v.picklist(['vision', 'text', 'joint', 'tokenizer', 'data']),
  url: v.pipe(v.string(), v.nonEmpty()),
  bytes: count,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});

const entrySchema = v.object({
  id: v.pipe(v.string(), v.nonEmpty()),
  name: v.string(),
  /** SPDX identifier of the weights' licence. */
  licence: v.string(),
  /** True where the files travel with the studio, so that no download is needed. */
  embedded: v.boolean(),
  /** True where it knows so little that the page offers another one for real work. */
  standIn: v.optional(v.boolean(), false),
  /** One short sentence for the person who chooses, who need not know what CLIP is. */
  note: v.string(),
  /** What else there is to know. */
  more: v.optional(v.string()),
  /** Name of the pictures that its image tower learnt from, where a judge may have learnt from the same: "ImageNet". */
  trainedOn: v.optional(v.string()),
  /** Cosine from which two pictures count as nearly the same, where it was measured (scripts/checkThresholds.ts). */
  nearlySame: v.optional(v.pipe(v.number(), v.gtValue(0), v.ltValue(1))),
  /**
   * Id of the entry whose image tower judges samples in training where this one looks at the pictures; absent where it
   * does both.
   */
  critic: v.optional(v.string()),
  preprocessing: v.object({ imageSize: count, mean: triple, std: triple }),
  contextLength: count,
  /** Factor on cosines, exp(logit_scale); null where it is read from the joint graph. */
  logitScale: v.nullable(v.pipe(v.number(), v.gtValue(0))),
  files: v.array(fileSchema),
});

export const manifestSchema = v.object({
  version: v.literal(1),
  entries: v.pipe(
    v.array(entrySchema),
    v.check(
      (entries) => entries.every(({ critic }) => critic === undefined || entries.some(({ id }) => id === critic)),
      'an entry names a critic that is not in the list',
    ),
  ),
});

export type ClipManifest = v.InferOutput<typeof manifestSchema>;
export type ClipEntry = v.InferOutput<typeof entrySchema>;
export type ClipFile = v.InferOutput<typeof fileSchema>;

/** Parses manifest.json; throws 'clip-damaged' where it is not what it should be. */
export function parseManifest(json: string): ClipManifest {
  try {
    return v.parse(manifestSchema, JSON.parse(json));
  } catch (cause) {
    throw new StudioError(
      {
        code: 'clip-damaged',
        what: 'The list of CLIP models cannot be read.',
        why: cause instanceof Error ? cause.message : '',
        action: 'Reload the page; if that does not help, the studio was not installed whole: install it again.',
      },
      { cause },
    );
  }
}

/** Bytes to fetch for these files, all together. */
export function filesBytes(files: readonly Pick<ClipFile, 'bytes'>[]): number {
  return files.reduce((total, file) => total + file.bytes, 0);
}

/** The file that holds an entry's image tower, perhaps with the other one. */
export function imageTowerFile({ files }: Pick<ClipEntry, 'files'>): ClipFile | undefined {
  return files.find(({ role }) => role === 'vision' || role === 'joint');
}
