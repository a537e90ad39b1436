/**
 * The port through which pictures are decoded: in the browser by a pool of workers (decodePool.ts), under Node by sharp
 * (headless/nodeDecoder.ts). What both share is here: reading and judging the bytes, the content hash, and the resizing
 * after raw decode, so that a picture gives the same arrays on both up to what their JPEG decoders differ in.
 */
import type { LoadHeif } from './decoding/decodeHeic';
import { takeOrientation, upright } from './decoding/exif';
import { applyPngColor, takePngColor } from './decoding/pngColor';
import { cropOver, resizeSquare, type RgbaPixels } from './resize';
import type { PictureNote } from '../shared/domain';
import type { Matte } from '../shared/matte';
import { furtherPictures } from './pictureNotes';
import { MAX_FILE_BYTES, inspectPicture, jpegStart, reasons, type PictureKind } from './sniff';

/** What is wanted of a picture. */
export interface DecodeSizes {
  /** Edge of the training picture in pixels. */
  training: number;
  /** Edge of CLIP's input, or null where it is not wanted. */
  clip: number | null;
  /** What transparent parts are laid over; default white. */
  matte?: Matte | undefined;
}

/** RGB bytes [edge, edge, 3]. */
export interface SquarePicture {
  rgb: Uint8Array;
  edge: number;
  /** True where this is the picture's own square, not resized: any size can still be had from it exactly. */
  original: boolean;
}

export interface DecodedPicture {
  /** RGB bytes [training, training, 3]. */
  training: Uint8Array;
  /** At CLIP's size; a picture that is smaller comes as it is (`squareAt` gives the size). */
  clip: SquarePicture | null;
  /** SHA-256 of the file's bytes, 64 hexadecimal digits. */
  hash: string;
  /** What a person should know of it; absent where there is nothing. */
  notes?: PictureNote[] | undefined;
}

/** A broken picture is an outcome, not an exception: it is named to the user and left out. */
export type DecodeOutcome = { picture: DecodedPicture; reason: null } | { picture: null; reason: string };

/** Whether the picture with this content hash is wanted at CLIP's size. */
export type WantsClip = (hash: string) => boolean | Promise<boolean>;

export interface ImageDecoder {
  /** Pictures that are worth handing over at the same time. */
  readonly concurrency: number;
  /**
   * Reads the file once, and decodes it once for all sizes. Rejects only where the decoder itself fails (its worker
   * cannot be loaded) or was closed.
   * @param wantsClip asked between hashing and resizing, for each picture; without it, where `sizes.clip` says a size
   */
  decode(file: Blob, sizes: DecodeSizes, wantsClip?: WantsClip): Promise<DecodeOutcome>;
  close(): void;
}

/**
 * Raw decode: whole picture or, where only that is wanted, its centred square, sRGB; what it gets of a JPEG, PNG or WebP
 * says no orientation. Throws where the picture is damaged.
 */
export type RawDecode = (bytes: Uint8Array<ArrayBuffer>, kind: PictureKind) => Promise<RgbaPixels>;

/** What page and Node decode by different means. */
export interface Decoders {
  raw: RawDecode;
  heif: LoadHeif;
}

/** Code that comes when it is first needed did not come. */
class PartMissing extends Error {
  override readonly name = 'PartMissing';
}

const part = <T>(loading: Promise<T>): Promise<T> =>
  loading.catch((cause: unknown) => {
    throw new PartMissing('A decoder could not be loaded.', { cause });
  });

/**
 * Decodes what has been inspected, alike everywhere: what decoders differ in is done here, or taken from them. Changes
 * `bytes`.
 */
async function decodeUpright(
  bytes: Uint8Array<ArrayBuffer>,
  kind: PictureKind,
  { raw, heif }: Decoders,
): Promise<RgbaPixels> {
  if (kind === 'tiff') return (await part(import('./decoding/decodeTiff'))).decodeTiff(bytes);
  if (kind === 'heic') return (await part(import('./decoding/decodeHeic'))).decodeHeic(bytes, await part(heif()));
  const orientation = takeOrientation(bytes, kind);
  const colored = kind === 'png' ? takePngColor(bytes) : null;
  const start = kind === 'jpeg' ? jpegStart(bytes) : 0;
  const pixels = await raw(colored?.bytes ?? (start > 0 ? bytes.slice(start) : bytes), kind);
  if (colored) applyPngColor(pixels, colored.color);
  return upright(pixels, orientation);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function readBytes(file: Blob): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    return null;
  }
}

const broken = (reason: string): DecodeOutcome => ({ picture: null, reason });

/** A picture that is no larger than CLIP's input takes less room as it is. */
function forClip(rgb: Uint8Array, edge: number, size: number): SquarePicture {
  return edge <= size
    ? { rgb, edge, original: true }
    : { rgb: resizeSquare(rgb, edge, size), edge: size, original: false };
}

type Opened =
  | { bytes: Uint8Array<ArrayBuffer>; kind: PictureKind; width: number; height: number; reason: null }
  | { bytes: null; reason: string };

/** A file's bytes, judged before any decoder sees them. */
async function openPicture(file: Blob): Promise<Opened> {
  const refused = (reason: string): Opened => ({ bytes: null, reason });
  if (file.size > MAX_FILE_BYTES) return refused(`The file is larger than ${MAX_FILE_BYTES / 2 ** 20} MiB.`);
  const bytes = await readBytes(file);
  if (bytes === null) return refused(reasons.unreadable);
  const inspection = inspectPicture(bytes);
  return inspection.reason === null ? { bytes, ...inspection } : refused(inspection.reason);
}

/** Changes `bytes`. */
async function pixelsOf(
  bytes: Uint8Array<ArrayBuffer>,
  kind: PictureKind,
  decoders: Decoders,
): Promise<{ pixels: RgbaPixels; reason: null } | { pixels: null; reason: string }> {
  try {
    return { pixels: await decodeUpright(bytes, kind, decoders), reason: null };
  } catch (error) {
    if (error instanceof PartMissing) return { pixels: null, reason: reasons.noDecoder };
    if (kind === 'heic') return { pixels: null, reason: reasons.heic };
    return { pixels: null, reason: error instanceof RangeError ? reasons.memory : reasons.damaged };
  }
}

/** Everything between a file and its arrays, over a raw decoder. */
export async function decodePicture(
  file: Blob,
  sizes: DecodeSizes,
  decoders: Decoders,
  wantsClip: WantsClip = () => true,
): Promise<DecodeOutcome> {
  const opened = await openPicture(file);
  if (opened.bytes === null) return broken(opened.reason);
  const { bytes, kind } = opened;
  const hash = await sha256(bytes);
  // Asked now, so that the answer is on its way while the picture is decoded.
  const wanted = sizes.clip !== null && wantsClip(hash);
  const further = furtherPictures(kind, bytes);
  const { pixels, reason } = await pixelsOf(bytes, kind, decoders);
  if (pixels === null) return broken(reason);
  const { rgb, edge, transparent } = cropOver(pixels, sizes.matte);
  const notes = [...(further ? [further] : []), ...(transparent ? (['transparent'] as const) : [])];
  const training = resizeSquare(rgb, edge, sizes.training);
  const clip = sizes.clip !== null && (await wanted) ? forClip(rgb, edge, sizes.clip) : null;
  return { picture: { training, clip, hash, ...(notes.length > 0 ? { notes } : {}) }, reason: null };
}

/**
 * The whole picture, upright, as it is. Never rejects.
 * @param decoders whose raw decode gives whole pictures
 * @param mostPixels larger ones are refused, in plain words
 */
export async function decodeWhole(
  file: Blob,
  decoders: Decoders,
  mostPixels: number,
): Promise<{ pixels: RgbaPixels; reason: null } | { pixels: null; reason: string }> {
  const opened = await openPicture(file);
  if (opened.bytes === null) return { pixels: null, reason: opened.reason };
  const { bytes, kind, width, height } = opened;
  if (width * height > mostPixels) {
    const size = `${width.toLocaleString('en-US')} x ${height.toLocaleString('en-US')}`;
    const most = Math.floor(mostPixels / 1e6);
    return { pixels: null, reason: `The sheet is ${size} pixels; up to ${most} megapixels can be cut here.` };
  }
  return pixelsOf(bytes, kind, decoders);
}
