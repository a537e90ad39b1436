/**
 * CLIP features kept between visits, found by what they were computed from: the picture's content hash, the CLIP
 * model's hash and the recipe (docs/method.md, section 0). Reopening a data set then costs one read. Features lie in
 * segments, files of some thousand records that are written once and never changed: magic, version, d, count (u32
 * each), checksum, then count hashes (32 bytes each), then count x d float32, all little-endian. A damaged segment is
 * dropped. Failing storage is never an error here, only a cache that forgets.
 */
import type { BlobStore } from './blobStore';
import { quietly } from './quietly';
import { resultsFolder } from './resultCache';

export interface FeatureKey {
  /** Hash of the CLIP model's bytes, hexadecimal. */
  clip: string;
  /** Names everything else that the features depend on: resize, crop, mirror average. A new name where that changes. */
  recipe: string;
  /** Length d of a feature vector. */
  dim: number;
}

export interface CachedFeatures {
  /** [N, d]; rows of missing pictures are zero. */
  features: Float32Array<ArrayBuffer>;
  /** Positions whose features are not known, in increasing order. */
  missing: number[];
}

const MAGIC = 0x4650434c; // "LCPF"
const VERSION = 1;
const HEADER_BYTES = 20;
const HASH_BYTES = 32;
const FOLDER = 'features';
const USED = 'features-used';
const COUNT_EVERY_BYTES = 2 ** 26;
/** Half a million vectors of 512. */
export const DEFAULT_LIMIT_BYTES = 2 ** 30;

export class FeatureCache {
  private readonly folder: string;
  /** Bytes that fit under the limit, as far as is known; null before the folder was listed. */
  private room: number | null = null;

  constructor(
    private readonly store: BlobStore,
    private readonly key: FeatureKey,
    private readonly limitBytes: number = DEFAULT_LIMIT_BYTES,
  ) {
    this.folder = `${FOLDER}/${featureFolder(key)}`;
  }

  /** Features of the pictures with these content hashes (64 hexadecimal digits each; repeats allowed). */
  async lookup(hashes: readonly string[]): Promise<CachedFeatures> {
    const features = new Float32Array(hashes.length * this.key.dim);
    const wanted = positionsByHash(hashes);
    for (const { key } of await quietly(this.store.list(this.folder), [])) {
      if (wanted.size === 0) break;
      const bytes = await quietly(this.store.get(key), null);
      const segment = bytes === null ? null : openSegment(bytes, this.key.dim);
      if (segment === null) await quietly(this.store.delete(key), undefined);
      else take(segment, this.key.dim, wanted, features);
    }
    // An empty file whose time of change says when these features were last used.
    if (wanted.size < hashes.length)
      await quietly(this.store.put(`${USED}/${featureFolder(this.key)}`, new Uint8Array()), undefined);
    return { features, missing: [...wanted.values()].flat().toSorted((a, b) => a - b) };
  }

  /** Keeps `features` [n, d] of the pictures with these hashes; false where the storage did not take them. */
  async add(hashes: readonly string[], features: Float32Array): Promise<boolean> {
    if (features.length !== hashes.length * this.key.dim)
      throw new RangeError(`${features.length} numbers are not ${hashes.length} x ${this.key.dim}.`);
    if (hashes.length === 0) return true;
    const bytes = sealSegment(hashes, features, this.key.dim);
    const name = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join('');
    try {
      await this.makeRoom(bytes.length);
      await this.store.put(`${this.folder}/${name}`, bytes);
      return true;
    } catch {
      return false;
    }
  }

  /** Drops the oldest segments, of any CLIP, until the new one fits under the limit. */
  private async makeRoom(bytes: number): Promise<void> {
    if (this.room !== null && bytes <= this.room) {
      this.room -= bytes;
      return;
    }
    const segments = (await this.store.list(FOLDER)).toSorted((a, b) => a.modified - b.modified);
    let total = segments.reduce((sum, segment) => sum + segment.bytes, bytes);
    for (const segment of segments) {
      if (total <= this.limitBytes) break;
      await this.store.delete(segment.key);
      total -= segment.bytes;
    }
    // Others may write as well: after a while it is counted again.
    this.room = Math.min(this.limitBytes - total, COUNT_EVERY_BYTES);
  }
}

/** What is stored of one CLIP and recipe: features, and the results that were computed from them. */
export interface StoredFeatures {
  /** Folder of the store, for `deleteFeatures`. */
  folder: string;
  /** The beginning of the CLIP's hash. */
  clip: string;
  bytes: number;
  /** Milliseconds since the epoch. */
  used: number;
}

const folderBegin = ({ clip, recipe }: Omit<FeatureKey, 'dim'>): string => `${clip.slice(0, 32)}-${recipe}-`;
/** Names what belongs to the features of one CLIP and recipe: them, and the results that were computed from them. */
export const featureFolder = (key: FeatureKey): string => `${folderBegin(key)}${key.dim}`;

/** Content hashes of the pictures that this CLIP has seen, for those who do not know its `dim` yet. */
export async function hashesWithFeatures(store: BlobStore, key: Omit<FeatureKey, 'dim'>): Promise<Set<string>> {
  const hashes = new Set<string>();
  const begin = `${FOLDER}/${folderBegin(key)}`;
  for (const { key: name } of await quietly(store.list(FOLDER), [])) {
    // Behind the beginning comes the dimension alone: another recipe may begin alike
    const dim = name.startsWith(begin) ? /^(\d+)\//.exec(name.slice(begin.length))?.[1] : undefined;
    const bytes = dim === undefined ? null : await quietly(store.get(name), null);
    const segment = bytes && openSegment(bytes, Number(dim));
    for (let i = 0; i < (segment?.count ?? 0); i += 1) if (segment) hashes.add(hashAt(segment, i));
  }
  return hashes;
}

/** Everything that any cache has stored, results of features (`resultCache.ts`) with these. */
export async function listFeatures(store: BlobStore): Promise<StoredFeatures[]> {
  const all = new Map<string, StoredFeatures>();
  const marks = await quietly(store.list(USED), []);
  for (const { key, bytes, modified } of [
    ...(await quietly(store.list(FOLDER), [])),
    ...(await quietly(store.list(resultsFolder), [])),
    ...marks.map((mark) => ({ ...mark, bytes: 0 })),
  ]) {
    const [place = '', folder = ''] = key.split('/');
    const known = all.get(folder);
    if (!known && place === USED) continue;
    all.set(folder, {
      folder,
      clip: folder.split('-')[0] ?? '',
      bytes: (known?.bytes ?? 0) + bytes,
      used: Math.max(known?.used ?? 0, modified),
    });
  }
  return [...all.values()];
}

export async function deleteFeatures(store: BlobStore, folder: string): Promise<void> {
  for (const place of [FOLDER, resultsFolder]) {
    for (const { key } of await store.list(`${place}/${folder}`)) await store.delete(key);
    await store.delete(`${place}/${folder}`);
  }
  await store.delete(`${USED}/${folder}`);
}

function positionsByHash(hashes: readonly string[]): Map<string, number[]> {
  const positions = new Map<string, number[]>();
  hashes.forEach((hash, position) => {
    const known = positions.get(hash);
    if (known === undefined) positions.set(hash, [position]);
    else known.push(position);
  });
  return positions;
}

/** FNV-1a over 32-bit words, from `from` bytes on. */
function checksum(bytes: Uint8Array<ArrayBuffer>, from: number): number {
  let sum = 0x811c9dc5;
  for (const word of new Uint32Array(bytes.buffer, bytes.byteOffset + from)) sum = Math.imul(sum ^ word, 0x01000193);
  return sum >>> 0;
}

const segmentBytes = (count: number, dim: number): number => HEADER_BYTES + count * (HASH_BYTES + dim * 4);

function sealSegment(hashes: readonly string[], features: Float32Array, dim: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(segmentBytes(hashes.length, dim));
  hashes.forEach((hash, i) => {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new RangeError(`No SHA-256: "${hash}"`);
    for (let b = 0; b < HASH_BYTES; b += 1)
      bytes[HEADER_BYTES + i * HASH_BYTES + b] = Number.parseInt(hash.slice(b * 2, b * 2 + 2), 16);
  });
  new Float32Array(bytes.buffer, HEADER_BYTES + hashes.length * HASH_BYTES).set(features);
  new Uint32Array(bytes.buffer, 0, 5).set([MAGIC, VERSION, dim, hashes.length, checksum(bytes, HEADER_BYTES)]);
  return bytes;
}

interface Segment {
  hashes: Uint8Array<ArrayBuffer>;
  features: Float32Array<ArrayBuffer>;
  count: number;
}

/** Null where the bytes are not a whole, undamaged segment of this dimension. */
function openSegment(bytes: Uint8Array<ArrayBuffer>, dim: number): Segment | null {
  if (bytes.length < HEADER_BYTES || bytes.length % 4 !== 0) return null;
  const [magic, version, storedDim, count = 0, sum] = new Uint32Array(bytes.buffer, bytes.byteOffset, 5);
  if (magic !== MAGIC || version !== VERSION || storedDim !== dim || bytes.length !== segmentBytes(count, dim))
    return null;
  if (checksum(bytes, HEADER_BYTES) !== sum) return null;
  const featuresAt = HEADER_BYTES + count * HASH_BYTES;
  return {
    hashes: bytes.subarray(HEADER_BYTES, featuresAt),
    features: new Float32Array(bytes.buffer, bytes.byteOffset + featuresAt),
    count,
  };
}

/** Hexadecimal, as pictures name it. */
function hashAt({ hashes }: Segment, i: number): string {
  let hash = '';
  for (const byte of hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
    hash += byte < 16 ? `0${byte.toString(16)}` : byte.toString(16);
  return hash;
}

/** Copies the wanted rows of a segment and takes them off the list. */
function take(segment: Segment, dim: number, wanted: Map<string, number[]>, into: Float32Array): void {
  for (let i = 0; i < segment.count; i += 1) {
    const hash = hashAt(segment, i);
    for (const position of wanted.get(hash) ?? [])
      into.set(segment.features.subarray(i * dim, (i + 1) * dim), position * dim);
    wanted.delete(hash);
  }
}
