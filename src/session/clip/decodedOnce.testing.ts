/**
 * Counts how often pictures are decoded between opening a data set and the features of all its pictures, for any
 * decoder: the browser's workers and sharp under Node go through the same cases.
 */
import { expect, it } from 'vitest';
import type { FrozenClip } from '../../clip/frozen';
import type { ClipModel } from '../../clip/model';
import { MemoryBlobStore, type BlobStore } from '../../data/blobStore';
import type { ImageDecoder } from '../../data/decode';
import { importDataset, type ImportedDataset } from '../run/importDataset';
import { RunControl } from '../run/runControl';
import type { SessionPorts } from '../sessionPorts';
import { computeFeatures } from './clipFeatures';

const training = 16;
/** Inputs of the CLIPs on the list: smaller than the pictures, larger than most, and as large as the training size. */
const clipSizes = { small: 24, large: 40, same: training } as const;
type ClipId = keyof typeof clipSizes;

const hashOf = (id: ClipId): string => String(clipSizes[id]).padStart(64, '0');
const preprocessing = (id: ClipId) => ({
  imageSize: clipSizes[id],
  mean: [0.5, 0.5, 0.5] as [number, number, number],
  std: [0.25, 0.25, 0.25] as [number, number, number],
});
const manifest = JSON.stringify({
  version: 1,
  entries: (Object.keys(clipSizes) as ClipId[]).map((id) => ({
    id,
    name: id,
    licence: 'MIT',
    embedded: true,
    note: '',
    preprocessing: preprocessing(id),
    contextLength: 8,
    logitScale: 100,
    files: [{ role: 'vision', url: `${id}.onnx`, bytes: 1, sha256: hashOf(id) }],
  })),
});
const modelOf = (id: ClipId): ClipModel =>
  ({ id, dim: 5, hash: hashOf(id), vision: new Uint8Array(), ...preprocessing(id) }) as unknown as ClipModel;

/** A tower whose features depend on every pixel. */
function frozenOf(id: ClipId): FrozenClip {
  const each = 3 * clipSizes[id] ** 2;
  return {
    hasText: false,
    rows: 16,
    encodeImages: (pixels) =>
      Promise.resolve(
        Float32Array.from({ length: (pixels.length / each) * 5 }, (_, i) => {
          const row = pixels.subarray(Math.floor(i / 5) * each, (Math.floor(i / 5) + 1) * each);
          return row.reduce((sum, value, at) => sum + value * Math.sin(at * (1 + (i % 5))), 1);
        }),
      ),
    encodeTexts: () => Promise.reject(new Error('no text')),
    padTexts: () => undefined,
    close: () => Promise.resolve(),
  };
}

/** Where pictures come from, and how often each of these was done with them. */
export interface Counted {
  openDecoder(): ImageDecoder;
  files: readonly Blob[];
  /** Edge of each picture. */
  edges: readonly number[];
  decodes(): number;
  /** Null where reading cannot be watched. */
  reads(): number | null;
}

const emptyStore = (): BlobStore => new MemoryBlobStore();

class Visit {
  private readonly ports: SessionPorts;
  private readonly before: { decodes: number; reads: number };

  constructor(
    private readonly counted: Counted,
    store: BlobStore,
  ) {
    this.ports = {
      gpu: undefined,
      openDecoder: () => counted.openDecoder(),
      clipIo: { open: async () => ({ from: 0, length: null, total: null, chunks: chunksOf(manifest) }) },
      store,
      emit: () => undefined,
    };
    this.before = { decodes: counted.decodes(), reads: counted.reads() ?? 0 };
  }

  import(clip?: ClipId): Promise<ImportedDataset> {
    const items = this.counted.files.map((file, i) => ({ path: `${i}`, file, label: -1 }));
    const { signal } = new AbortController();
    return importDataset(this.ports, ['a'], items, training, signal, {
      clip: clip && { kind: 'manifest', id: clip },
    });
  }

  features(dataset: ImportedDataset, clip: ClipId): Promise<Float32Array> {
    return computeFeatures(this.ports, modelOf(clip), frozenOf(clip), dataset, new RunControl());
  }

  /** Times that each file was decoded in this visit, on the average; and read, which is as often. */
  perFile(): number {
    const { files, decodes, reads } = this.counted;
    const decoded = decodes() - this.before.decodes;
    if (reads() !== null) expect((reads() ?? 0) - this.before.reads).toBe(decoded);
    return decoded / files.length;
  }

  /** Files decoded a second time, where all were decoded once. */
  decodedTwice(): number {
    return Math.round((this.perFile() - 1) * this.counted.files.length);
  }
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

/**
 * The cases. Of the pictures some are larger than 40 pixels, some smaller than 24, some between.
 * @param make called once
 */
export function decodedOnceCases(make: () => Promise<Counted>): void {
  let made: Promise<Counted> | null = null;
  const counted = (): Promise<Counted> => (made ??= make());
  const visit = async (store = emptyStore()): Promise<Visit> => new Visit(await counted(), store);

  /** As they are where nothing is decoded ahead. */
  const plainly = async (clip: ClipId): Promise<{ pixels: Uint8Array; features: Float32Array; perFile: number }> => {
    const plain = await visit();
    const dataset = await plain.import();
    expect(dataset.clipPictures).toBeNull();
    const features = await plain.features({ ...dataset, summary: { ...dataset.summary, resolution: 0 } }, clip);
    return { pixels: dataset.pixels, features, perFile: plain.perFile() };
  };

  for (const clip of Object.keys(clipSizes) as ClipId[]) {
    it(`decodes each file once for training and CLIP's size (${clip}), to the same bits`, async () => {
      const fresh = await visit();
      const dataset = await fresh.import(clip);
      const features = await fresh.features(dataset, clip);
      expect(fresh.perFile()).toBe(1);
      const plain = await plainly(clip);
      expect(plain.perFile).toBe(2);
      expect(dataset.pixels).toEqual(plain.pixels);
      expect(features).toEqual(plain.features);
    });
  }

  it('decodes again for another CLIP only what is larger than the one that was expected', async () => {
    const changed = await visit();
    const dataset = await changed.import('large');
    const larger = (await counted()).edges.filter((edge) => edge > clipSizes.large).length;
    const features = await changed.features(dataset, 'small');
    expect(larger).toBeGreaterThan(0);
    expect(changed.decodedTwice()).toBe(larger);
    expect(features).toEqual((await plainly('small')).features);
  });

  it('makes nothing for a CLIP that has seen the pictures, and decodes nothing for its features', async () => {
    const store = emptyStore();
    const first = await visit(store);
    const features = await first.features(await first.import('small'), 'small');
    const again = await visit(store);
    const dataset = await again.import('small');
    expect(dataset.hashes.map((hash) => dataset.clipPictures?.at(hash, clipSizes.small))).toEqual(
      dataset.hashes.map(() => null),
    );
    expect(await again.features(dataset, 'small')).toEqual(features);
    expect(again.perFile()).toBe(1);
  });

  it('gives the memory back once the features are there', async () => {
    const fresh = await visit();
    const dataset = await fresh.import('small');
    const [hash = ''] = dataset.hashes;
    expect(dataset.clipPictures?.at(hash, clipSizes.small)).not.toBeNull();
    await fresh.features(dataset, 'small');
    expect(dataset.clipPictures?.at(hash, clipSizes.small)).toBeNull();
  });
}
