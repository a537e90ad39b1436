/**
 * A run that takes seconds, for tests that let a whole session train: coloured pictures, a tiny CLIP and the smallest
 * networks.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { hashOf } from '../clip/download';
import type { LoadIo } from '../clip/loadIo';
import type { ClipEntry, ClipFile } from '../clip/manifest';
import { clipMean, clipStd } from '../clip/model';
import { folderIo } from '../clip/nodeIo';
import { encodePng } from '../formats/png';
import { readSafetensors } from '../formats/safetensors';
import { readCheckpoint, type Checkpoint } from '../lcp/checkpoint/checkpoint';
import { exportNames } from '../lcp/checkpoint/exportReadme';
import type { ClipSource, ExportResult, ImportItem } from '../session/protocol/commands';
import type { Event } from '../session/protocol/events';
import { presets, type Base, type ConfigOf } from '../shared/config';
import { UNLABELED } from '../shared/domain';
import { CounterRandom } from '../shared/rng';

const colours = [
  [230, 40, 40],
  [40, 40, 230],
] as const;

/** Two classes of one colour each, every third picture without its label. */
export async function pictures(): Promise<ImportItem[]> {
  const random = new CounterRandom(4, 1);
  return Promise.all(
    Array.from({ length: 24 }, async (_, i) => {
      const rgba = new Uint8ClampedArray(16 * 16 * 4).fill(255);
      rgba.forEach((_value, at) => {
        if (at % 4 < 3) rgba[at] = (colours[i % 2]?.[at % 4] ?? 0) + random.integer(40);
      });
      return {
        path: `${i}.png`,
        file: new Blob([await encodePng({ width: 16, height: 16, pixels: rgba })]),
        label: i % 3 === 0 ? UNLABELED : i % 2,
      };
    }),
  );
}

export async function tinyClip(): Promise<ClipSource> {
  const folder = new URL('../clip/testing/towers/', import.meta.url);
  const read = async (name: string): Promise<Blob> => new Blob([new Uint8Array(await readFile(new URL(name, folder)))]);
  const config = new Blob([JSON.stringify({ model_type: 'clip', text_config: { max_position_embeddings: 24 } })]);
  return {
    kind: 'files',
    files: [
      { name: 'model.onnx', file: await read('tiny/model.onnx') },
      { name: 'tokenizer.json', file: await read('tokenizer.json') },
      { name: 'config.json', file: config },
    ],
  };
}

/**
 * A list of two CLIPs beside the studio's files: `eyes` is the tiny one, and names `critic`, an image tower of
 * convolutions, as what judges its samples.
 */
export async function twoClips(): Promise<LoadIo> {
  const towers = new URL('../clip/testing/towers/', import.meta.url);
  const file = async (role: ClipFile['role'], path: string): Promise<ClipFile> => {
    const bytes = new Uint8Array(await readFile(new URL(path, towers)));
    return { role, url: `towers/${path}`, bytes: bytes.length, sha256: await hashOf(bytes) };
  };
  const shared = {
    licence: 'MIT',
    embedded: true,
    standIn: false,
    note: '',
    preprocessing: { imageSize: 32, mean: [...clipMean], std: [...clipStd] },
    contextLength: 24,
    logitScale: null,
  } satisfies Partial<ClipEntry>;
  const eyes = [await file('joint', 'tiny/model.onnx'), await file('tokenizer', 'tokenizer.json')];
  const entries: ClipEntry[] = [
    { ...shared, id: 'eyes', name: 'Eyes', critic: 'critic', files: eyes },
    { ...shared, id: 'critic', name: 'Critic', files: [await file('vision', 'mobile/vision_model.onnx')] },
  ];
  const list = new TextEncoder().encode(JSON.stringify({ version: 1, entries }));
  const ofTowers = folderIo(fileURLToPath(new URL('../', towers)));
  const ofStudio = folderIo(fileURLToPath(new URL('../../models/', import.meta.url)));
  return {
    async open(url, from, signal) {
      if (url !== 'manifest.json') return (url.startsWith('towers/') ? ofTowers : ofStudio).open(url, from, signal);
      const chunks = (async function* () {
        yield list;
      })();
      return { from: 0, length: list.length, total: list.length, chunks };
    },
  };
}

/** A dozen iterations, of any base model. */
const short = {
  preset: 'custom',
  kimg: 0.024,
  batch: 2,
  clipHead: { ...presets.tiny.clipHead, startFraction: 0.3 },
  prompts: { ...presets.tiny.prompts, epochs: 1 },
  sampleColumns: 2,
} as const;

/** A dozen iterations of the smallest networks of every base model: a whole session works with each of them. */
export const tinyRuns: { readonly [B in Base]: ConfigOf<B> } = {
  biggan: {
    ...presets.tiny,
    ...short,
    generator: { width: 4, latent: 4, embedding: 4, latentAtBlocks: true },
    discriminator: { width: 4 },
  },
  stylegan2: {
    ...presets.stylegan2Tiny,
    ...short,
    channels: { base: 64, most: 4 },
    generator: { latent: 4, mappingLayers: 1, joined: false },
    r1: { gamma: 0.05, every: 4, parts: 1 },
  },
};
export const everyBase = Object.keys(tinyRuns) as Base[];

/** An event that tells of this iteration or a later one. */
export const reached = (iteration: number) => (event: Event) =>
  event.type === 'stats' && (event.points.at(-1)?.iteration ?? 0) >= iteration;

function checkpointBytes({ files }: ExportResult): Uint8Array {
  return new Uint8Array(files.find(({ name }) => name === exportNames.checkpoint)?.bytes ?? new ArrayBuffer(0));
}

export const checkpointOf = (exported: ExportResult): Checkpoint => readCheckpoint(checkpointBytes(exported));

/** Every tensor of an export's checkpoint, its bytes in base 64. */
export function tensorsOf(exported: ExportResult): Map<string, string> {
  return new Map(
    [...readSafetensors(checkpointBytes(exported)).tensors].map(([name, { data }]) => [
      name,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
    ]),
  );
}
