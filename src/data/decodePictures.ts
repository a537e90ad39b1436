/**
 * Decodes a whole list of pictures through an `ImageDecoder`: in order, with a bounded number under way, so that memory
 * does not depend on how many there are. Broken pictures are collected with their paths; the rest are handed over one
 * by one.
 */
import type { Noted } from '../shared/domain';
import type { Matte } from '../shared/matte';
import { StudioError } from '../shared/errors';
import type { ClipPictures } from './clipPictures';
import type { DecodedPicture, DecodeOutcome, DecodeSizes, ImageDecoder, WantsClip } from './decode';

export interface PictureFile {
  path: string;
  file: Blob;
}

export interface BrokenPicture {
  path: string;
  reason: string;
}

export interface DecodeOptions {
  onProgress?: ((done: number, total: number) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** Which pictures are wanted at CLIP's size; without it all of them, where there is one. */
  wantsClip?: WantsClip | undefined;
  /** A picture of the list that need not be decoded, because it was before; null where it must be. */
  decoded?: ((index: number) => DecodedPicture | null) | undefined;
}

/**
 * Calls `onPicture(index, picture)` for each picture that decodes, in the order of the list, and waits for it before it
 * hands over the next. Returns the broken ones. Rejects with the signal's reason when aborted, and where the decoder
 * itself fails.
 */
export async function decodePictures(
  files: readonly PictureFile[],
  decoder: ImageDecoder,
  sizes: DecodeSizes,
  onPicture: (index: number, picture: DecodedPicture) => void | Promise<void>,
  { onProgress, signal, wantsClip, decoded }: DecodeOptions = {},
): Promise<BrokenPicture[]> {
  const broken: BrokenPicture[] = [];
  const underWay: Promise<DecodeOutcome>[] = [];
  let next = 0;
  for (let index = 0; index < files.length; index += 1) {
    signal?.throwIfAborted();
    // Twice what the decoder works on at once: a slow picture at the head does not starve the workers behind it.
    while (next < files.length && underWay.length < decoder.concurrency * 2) {
      const picture = decoded?.(next);
      const outcome: Promise<DecodeOutcome> = picture
        ? Promise.resolve({ picture, reason: null })
        : decoder.decode((files[next] as PictureFile).file, sizes, wantsClip);
      // Its rejection is met when its turn comes, or never if an earlier one ended the loop
      outcome.catch(() => undefined);
      underWay.push(outcome);
      next += 1;
    }
    const outcome = await (underWay.shift() as Promise<DecodeOutcome>);
    signal?.throwIfAborted();
    if (outcome.picture === null) broken.push({ path: (files[index] as PictureFile).path, reason: outcome.reason });
    else await onPicture(index, outcome.picture);
    onProgress?.(index + 1, files.length);
  }
  return broken;
}

export interface ImportedPictures {
  /** RGB bytes [count, resolution, resolution, 3] of the pictures that decoded, in the order of the files. */
  pixels: Uint8Array<ArrayBuffer>;
  count: number;
  resolution: number;
  /** Position in the list of files, for each decoded picture. */
  decoded: Uint32Array<ArrayBuffer>;
  /** SHA-256 of each decoded file. */
  hashes: string[];
  broken: BrokenPicture[];
  noted: Noted;
}

/** Adds what is to be said of a picture. */
export function addNotes(noted: Noted, { notes = [] }: DecodedPicture, path: string): void {
  for (const each of notes) {
    const so = noted[each];
    noted[each] = { count: (so?.count ?? 0) + 1, first: so?.first ?? path };
  }
}

/** The pictures live in one buffer, which the GPU takes whole; 2 GiB is what browsers allocate without fail. */
const MAX_IMPORT_BYTES = 2 ** 31 - 2 ** 20;

/**
 * Decodes a data set to training resolution, and in the same pass to CLIP's for `clip` to hold. Throws `StudioError`
 * `too-many-images` before, `no-readable-images` after decoding.
 */
export async function importPictures(
  files: readonly PictureFile[],
  decoder: ImageDecoder,
  resolution: number,
  { onProgress, signal }: Pick<DecodeOptions, 'onProgress' | 'signal'> = {},
  { clip = null, matte }: { clip?: ClipPictures | null; matte?: Matte | undefined } = {},
): Promise<ImportedPictures> {
  const bytesEach = resolution * resolution * 3;
  const limit = Math.floor(MAX_IMPORT_BYTES / bytesEach);
  if (files.length > limit) throw tooMany(files.length, limit, resolution);
  const pixels = new Uint8Array(files.length * bytesEach);
  const decoded = new Uint32Array(files.length);
  const hashes: string[] = [];
  const noted: Noted = {};
  const take = (index: number, picture: DecodedPicture): void => {
    pixels.set(picture.training, hashes.length * bytesEach);
    decoded[hashes.length] = index;
    hashes.push(picture.hash);
    addNotes(noted, picture, files[index]?.path ?? '');
    if (picture.clip) clip?.hold(picture.hash, picture.clip);
  };
  const sizes = { training: resolution, clip: clip?.size ?? null, matte };
  const broken = await decodePictures(files, decoder, sizes, take, {
    onProgress,
    signal,
    wantsClip: clip?.wants,
  });
  const count = hashes.length;
  if (count === 0) throw noneReadable(broken);
  // Copied only where something broke, so that a large set is not held twice without need.
  const whole = count === files.length;
  return {
    pixels: whole ? pixels : pixels.slice(0, count * bytesEach),
    count,
    resolution,
    decoded: decoded.slice(0, count),
    hashes,
    broken,
    noted,
  };
}

const shown = (value: number): string => value.toLocaleString('en-US');

function tooMany(count: number, limit: number, resolution: number): StudioError {
  return new StudioError({
    code: 'too-many-images',
    what: `${shown(count)} pictures are more than fit into memory at ${resolution} px.`,
    why: `At this resolution up to ${shown(limit)} can be held.`,
    action: 'Drop a part of them, or choose a lower resolution.',
  });
}

function noneReadable(broken: readonly BrokenPicture[]): StudioError {
  return new StudioError({
    code: 'no-readable-images',
    what: 'None of the pictures could be decoded.',
    why: broken[0]?.reason ?? 'The list of pictures is empty.',
    action: 'Check that the pictures open in another program, then drop them again.',
  });
}
