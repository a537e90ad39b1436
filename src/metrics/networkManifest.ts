/**
 * The evaluation networks that the studio knows (models/evaluation.json): what looks at pictures from outside the
 * training loop, how pictures are prepared for it, and whether its Frechet distance may be compared with published
 * "FID" figures. Addresses are relative to the folder of the manifest; an entry without files has no copy anywhere that
 * we could vouch for, and is used through the user's own file.
 */
import * as v from 'valibot';
import { StudioError } from '../shared/errors';

const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const triple = v.strictTuple([v.number(), v.number(), v.number()]);

const entrySchema = v.object({
  id: v.pipe(v.string(), v.nonEmpty()),
  name: v.string(),
  /** Where the weights come from, for a person. */
  source: v.string(),
  /** SPDX identifier of the weights' licence, or words where there is none. */
  licence: v.string(),
  note: v.string(),
  /** Name of the pictures that it learnt from, where that is known. */
  trainedOn: v.optional(v.string()),
  /** Edge length that pictures are resized to. */
  inputSize: count,
  /** Order of the channels that the network expects, and (x - mean) / std on 0 .. 255, in that order. */
  channels: v.picklist(['rgb', 'bgr']),
  mean: triple,
  std: triple,
  /** See `resample.ts`. */
  filter: v.picklist(['bicubic', 'bilinear']),
  /** Name of the output with one vector a picture; null: found by its shape. */
  output: v.nullable(v.string()),
  /** Numbers a feature; several where models of one family differ. */
  dims: v.pipe(v.array(count), v.minLength(1)),
  comparableWithInceptionFid: v.boolean(),
  /** Empty: by the user's own file only. */
  files: v.array(
    v.object({
      url: v.pipe(v.string(), v.nonEmpty()),
      bytes: count,
      sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    }),
  ),
});

const manifestSchema = v.object({ version: v.literal(1), entries: v.array(entrySchema) });

export type NetworkEntry = v.InferOutput<typeof entrySchema>;
export type NetworkManifest = v.InferOutput<typeof manifestSchema>;

/** Parses evaluation.json; throws 'evaluation-missing' where it is not what it should be. */
export function parseNetworkManifest(json: string): NetworkManifest {
  try {
    return v.parse(manifestSchema, JSON.parse(json));
  } catch (cause) {
    throw new StudioError(
      {
        code: 'evaluation-missing',
        what: 'The list of evaluation networks cannot be read.',
        why: cause instanceof Error ? cause.message : '',
        action: 'Reload the page; if that does not help, the studio was not installed whole: install it again.',
      },
      { cause },
    );
  }
}
