/**
 * The checkpoint of a run: one safetensors file with everything that PyTorch needs to draw pictures and everything that
 * the studio needs to go on exactly where it stopped. `readCheckpoint(buildCheckpoint(c))` gives back c to the last
 * bit. What a file holds: networks and optimizers in `checkpointNetworks.ts`, all other arrays in
 * `checkpointArrays.ts`, the strings in `checkpointMetadata.ts`.
 */
import { readSafetensors, writeSafetensors, type SafeTensor } from '../../formats/safetensors';
import type { NamedArray } from '../../gpu/parameter';
import { baseFacts } from '../bases/facts';
import { ArrayReader, arrayTensors, type Sizes } from './checkpointArrays';
import { metadataFromStrings, metadataToStrings, unusable, type CheckpointMetadata } from './checkpointMetadata';
import {
  hasClipHead,
  networksFromTensors,
  networksToTensors,
  storesClipHead,
  tokenWidthsIn,
  type StateShape,
} from './checkpointNetworks';
import { publicFormat, publicNetworks, type PublicNetworks } from '../bases/stylegan2/publicWeights';
import type { TrainerState } from '../training/trainerState';
import { SparseRows } from '../partition/sparseRows';

export interface PromptRecord {
  /** m, unit rows, [S, d]. */
  features: Float32Array;
  /** V, [S, M, w]; null where prompts are picture means because there is no text tower. */
  context: { vectors: Float32Array; count: number; width: number } | null;
}

/** Arrays and numbers of a soft partition. */
export interface PartitionRecord {
  /** [C, d] */
  classMeans: Float32Array;
  /** [S, d] */
  centroids: Float32Array;
  /** [S] */
  columnScalings: Float32Array;
  epsilon: number;
  entropyRatio: number | null;
  /** q, [N, S]. */
  memberships: SparseRows;
}

export interface LabelRecord {
  /** The user's labels, [N], -1 for none. */
  given: Int32Array;
  /** p(c|x), [N, C]. */
  probabilities: Float32Array;
  /** w, [N]. */
  trust: Float32Array;
  /** u, [N, S]. */
  conditions: SparseRows;
}

/** Pictures that the studio drew, for a reader to compare with. */
export interface CheckSample {
  /** [n, latent] */
  z: Float32Array;
  /** [n, S] */
  u: Float32Array;
  /** [n, side, side, 3] in [-1, 1], side the resolution. */
  images: Float32Array;
}

export interface Checkpoint extends Omit<CheckpointMetadata, 'partition' | 'iteration' | 'course'> {
  /** As `GanTrainer.exportState` gives it, the standing statistics collected before. */
  trainer: TrainerState;
  prompts: PromptRecord | null;
  partition: PartitionRecord | null;
  labels: LabelRecord | null;
  /** SHA-256 (hex) of the pictures' files, [N]. */
  imageHashes: string[] | null;
  /** Latents of the sample grid's columns, [columns, latent]. */
  sampleLatents: Float32Array | null;
  check: CheckSample;
}

const hashBytes = 32;

function hexToBytes(hashes: readonly string[]): Uint8Array {
  const bytes = new Uint8Array(hashes.length * hashBytes);
  hashes.forEach((hash, row) => {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new RangeError(`"${hash}" is no SHA-256 in lower-case hex`);
    for (let i = 0; i < hashBytes; i++) bytes[row * hashBytes + i] = Number.parseInt(hash.slice(2 * i, 2 * i + 2), 16);
  });
  return bytes;
}

function bytesToHex(bytes: Uint8Array): string[] {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return Array.from({ length: bytes.length / hashBytes }, (_, row) =>
    hex.slice(2 * hashBytes * row, 2 * hashBytes * (row + 1)),
  );
}

type Described = Pick<CheckpointMetadata, 'config' | 'classes' | 'slots' | 'clip' | 'critic'>;

function stateShape(
  { config, classes, slots, clip, critic }: Described,
  withHead: boolean,
  tokens: readonly number[],
): StateShape {
  return {
    config,
    conditions: { classCount: classes.length, slotCount: slots.length },
    clip: withHead && clip ? { dim: (critic ?? clip).dim, promptDim: clip.dim, tokens } : null,
  };
}

function knownSizes({ config, classes, slots, clip }: Described): Sizes {
  const sizes: Sizes = {
    C: classes.length,
    S: slots.length,
    L: baseFacts(config).latent(config),
    R: config.resolution,
  };
  return clip ? { ...sizes, d: clip.dim } : sizes;
}

function sizesOf(checkpoint: Checkpoint): Sizes {
  const sizes = knownSizes(checkpoint);
  const { S: slotCount = 1, L: latent = 1 } = sizes;
  const { prompts, partition, labels, imageHashes, sampleLatents, check } = checkpoint;
  const features = prompts?.features ?? partition?.centroids;
  if (features) sizes.d ??= features.length / slotCount;
  if (prompts?.context) Object.assign(sizes, { M: prompts.context.count, w: prompts.context.width });
  const images = labels?.given.length ?? imageHashes?.length ?? partition?.memberships.count;
  const entries = {
    ...(partition ? { P: partition.memberships.values.length } : {}),
    ...(labels ? { Q: labels.conditions.values.length } : {}),
  };
  return {
    ...sizes,
    ...(images == null ? {} : { N: images }),
    ...entries,
    G: (sampleLatents?.length ?? 0) / latent,
    K: check.z.length / latent,
  };
}

function dataTensors(checkpoint: Checkpoint): Map<string, SafeTensor> {
  const { prompts, partition, labels, imageHashes, sampleLatents, check } = checkpoint;
  return arrayTensors(
    {
      'prompts.features': prompts?.features,
      'prompts.context': prompts?.context?.vectors,
      'partition.class_means': partition?.classMeans,
      'partition.centroids': partition?.centroids,
      'partition.column_scalings': partition?.columnScalings,
      'partition.memberships.row_entries': partition && rowEntries(partition.memberships),
      'partition.memberships.columns': partition && Int32Array.from(partition.memberships.indices),
      'partition.memberships.values': partition?.memberships.values,
      'labels.given': labels?.given,
      'labels.probabilities': labels?.probabilities,
      'labels.trust': labels?.trust,
      'labels.conditions.row_entries': labels && rowEntries(labels.conditions),
      'labels.conditions.columns': labels && Int32Array.from(labels.conditions.indices),
      'labels.conditions.values': labels?.conditions.values,
      'images.sha256': imageHashes && hexToBytes(imageHashes),
      'samples.z': sampleLatents,
      'check.z': check.z,
      'check.u': check.u,
      'check.image': check.images,
    },
    sizesOf(checkpoint),
  );
}

function metadataOf({ trainer, partition, ...rest }: Checkpoint): CheckpointMetadata {
  const { config, classes, slots, clip, critic, created, sampleSeed, dataCursor, matte } = rest;
  const numbers = partition && { epsilon: partition.epsilon, entropyRatio: partition.entropyRatio };
  const { iteration, draws = iteration, rateScale = 1 } = trainer;
  const course = draws === iteration && rateScale === 1 ? {} : { course: { draws, rateScale } };
  const named = { clip, ...(critic ? { critic } : {}) };
  return {
    config,
    classes,
    slots,
    ...named,
    created,
    sampleSeed,
    dataCursor,
    iteration,
    partition: numbers,
    ...course,
    ...(matte ? { matte } : {}),
  };
}

/** @throws RangeError when the parts do not fit together */
export function buildCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const withHead = hasClipHead(checkpoint.trainer);
  if (withHead && !checkpoint.clip) throw new RangeError('the trainer has a CLIP head, but no CLIP is named');
  const networks = networksToTensors(
    checkpoint.trainer,
    stateShape(checkpoint, withHead, tokenWidthsIn(checkpoint.trainer.tensors)),
  );
  const tensors = [...networks].map(([name, { shape, data }]): [string, SafeTensor] => [
    name,
    { dtype: 'F32', shape, data },
  ]);
  return writeSafetensors(new Map([...tensors, ...dataTensors(checkpoint)]), metadataToStrings(metadataOf(checkpoint)));
}

function readTrainer(tensors: ReadonlyMap<string, SafeTensor>, metadata: CheckpointMetadata): TrainerState {
  const floats = new Map<string, NamedArray>();
  for (const [name, { dtype, shape, data }] of tensors)
    if (dtype === 'F32') floats.set(name, { shape: [...shape], data });
  const withHead = storesClipHead(tensors);
  if (withHead && !metadata.clip) throw unusable('It has a CLIP head but names no CLIP');
  try {
    return {
      iteration: metadata.iteration,
      ...metadata.course,
      tensors: networksFromTensors(floats, stateShape(metadata, withHead, tokenWidthsIn(floats))),
    };
  } catch (error) {
    if (error instanceof RangeError)
      throw unusable(`Its networks do not fit its configuration: ${error.message}`, error);
    throw error;
  }
}

function readPrompts(reader: ArrayReader): PromptRecord | null {
  if (!reader.has('prompts.features')) return null;
  const features = reader.take('prompts.features');
  if (!reader.has('prompts.context')) return { features, context: null };
  const vectors = reader.take('prompts.context');
  return { features, context: { vectors, count: reader.sizes.M ?? 0, width: reader.sizes.w ?? 0 } };
}

/** Entries of each row, [N]. */
function rowEntries({ count, starts }: SparseRows): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => (starts[row + 1] ?? 0) - (starts[row] ?? 0));
}

function readSparse(reader: ArrayReader, name: 'partition.memberships' | 'labels.conditions'): SparseRows {
  const columns = reader.sizes.S ?? 0;
  if (reader.has(name)) return SparseRows.fromDense(reader.take(name), columns);
  const entries = reader.take(`${name}.row_entries`);
  const starts = new Uint32Array(entries.length + 1);
  entries.forEach((count, row) => (starts[row + 1] = (starts[row] ?? 0) + count));
  try {
    return new SparseRows(
      columns,
      starts,
      Uint32Array.from(reader.take(`${name}.columns`)),
      reader.take(`${name}.values`),
    );
  } catch (error) {
    throw error instanceof RangeError ? unusable(`"${name}" is damaged: ${error.message}`, error) : error;
  }
}

function readPartition(reader: ArrayReader, numbers: NonNullable<CheckpointMetadata['partition']>): PartitionRecord {
  return {
    ...numbers,
    classMeans: reader.take('partition.class_means'),
    centroids: reader.take('partition.centroids'),
    columnScalings: reader.take('partition.column_scalings'),
    memberships: readSparse(reader, 'partition.memberships'),
  };
}

function readLabels(reader: ArrayReader): LabelRecord | null {
  if (!reader.has('labels.given')) return null;
  return {
    given: reader.take('labels.given'),
    probabilities: reader.take('labels.probabilities'),
    trust: reader.take('labels.trust'),
    conditions: readSparse(reader, 'labels.conditions'),
  };
}

/** Networks that were trained elsewhere, as a run that has not begun here. */
function begun({ config, classes, slots, tensors }: PublicNetworks): Checkpoint {
  return {
    config,
    classes,
    slots,
    clip: null,
    created: new Date(0).toISOString(),
    sampleSeed: config.seed,
    dataCursor: null,
    trainer: { iteration: 0, tensors },
    prompts: null,
    partition: null,
    labels: null,
    imageHashes: null,
    sampleLatents: null,
    check: { z: new Float32Array(), u: new Float32Array(), images: new Float32Array() },
  };
}

/**
 * A file of `buildCheckpoint`, or a public network as `scripts/stylegan2Extract.py` writes it, which has no state of
 * optimizers. @throws StudioError format
 */
export function readCheckpoint(bytes: Uint8Array): Checkpoint {
  const { tensors, metadata: strings } = readSafetensors(bytes);
  if (strings.get('format') === publicFormat) return begun(publicNetworks(tensors));
  const metadata = metadataFromStrings(strings);
  const { iteration: _, course: __, partition: numbers, ...described } = metadata;
  const reader = new ArrayReader(tensors, knownSizes(metadata));
  return {
    ...described,
    trainer: readTrainer(tensors, metadata),
    prompts: readPrompts(reader),
    partition: numbers && readPartition(reader, numbers),
    labels: readLabels(reader),
    imageHashes: reader.has('images.sha256') ? bytesToHex(reader.take('images.sha256')) : null,
    sampleLatents: reader.has('samples.z') ? reader.take('samples.z') : null,
    check: { z: reader.take('check.z'), u: reader.take('check.u'), images: reader.take('check.image') },
  };
}
