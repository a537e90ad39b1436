// Evaluation networks: what the list says, how pictures are prepared (against Pillow and numpy, golden.json), who is
// recognised by shape, and that onnxruntime gives what a convolution written down by hand gives.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../shared/errors';
import { CounterRandom } from '../shared/rng';
import { networkInput, openListedNetwork, openOwnNetwork, vectorsOf, type OpenModel } from './featureNetwork';
import golden from './golden.json';
import { parseNetworkManifest } from './networkManifest';
import { networkShape, recognizedEntry } from './networkShape';
import { openNodeModel } from './nodeRuntime';
import { exactProducts, openRuntimeProducts } from './products';
import { resample } from './resample';
import { tinyEntry, tinyNetwork } from './testing';

const manifestFile = readFileSync(new URL('../../models/evaluation.json', import.meta.url), 'utf8');
const manifest = parseNetworkManifest(manifestFile);
const hash = '0'.repeat(64);
const random = new CounterRandom(3, 934);
const noise = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());
const picture = (size: number): Uint8Array =>
  Uint8Array.from({ length: size * size * 3 }, (_, i) =>
    Math.floor(127.5 + 127.4 * Math.sin(0.37 * i + 0.003 * i * i)),
  );

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (error: unknown) => (error instanceof StudioError ? error.info.code : String(error)),
  );
}

describe('the list', () => {
  it('vouches for no file that is not made here, and calls only Inception-v3 comparable', () => {
    expect(
      manifest.entries.filter(({ comparableWithInceptionFid }) => comparableWithInceptionFid).map(({ id }) => id),
    ).toEqual(['inception-v3-fid']);
    for (const { files } of manifest.entries)
      for (const { url } of files) expect(url).toMatch(/^(evaluation|clip-nano|clip-lit)\/[\w.-]+$/);
  });

  it('is refused with a way on where it is damaged', () => {
    expect(() => parseNetworkManifest('{')).toThrow(StudioError);
    expect(() => parseNetworkManifest(manifestFile.replace('"bgr"', '"xyz"'))).toThrow(StudioError);
  });
});

describe('preparing pictures', () => {
  it.each(golden.resized)('resizes $size to $to as the references do', ({ size, to, bicubic, bilinear }) => {
    const rgb = picture(size);
    for (const [filter, expected] of [
      ['bicubic', bicubic],
      ['bilinear', bilinear],
    ] as const) {
      // The golden file keeps four decimals; Pillow filters in float32.
      resample(rgb, size, to, filter).forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 2));
    }
  });

  it('orders channels and axes and normalises', () => {
    const rgb = Uint8Array.from([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120]);
    const input = { inputSize: 2, mean: [1, 2, 3] as const, std: [1, 2, 4] as const, filter: 'bicubic' as const };
    expect([...networkInput(rgb, 2, { ...input, channels: 'rgb', layout: 'planes' })]).toEqual([
      9, 39, 69, 99, 9, 24, 39, 54, 6.75, 14.25, 21.75, 29.25,
    ]);
    expect([...networkInput(rgb, 2, { ...input, channels: 'bgr', layout: 'pixels' })].slice(0, 6)).toEqual([
      29, 9, 1.75, 59, 24, 9.25,
    ]);
    expect(() => networkInput(rgb.subarray(1), 2, { ...input, channels: 'rgb', layout: 'planes' })).toThrow(RangeError);
  });
});

describe('a network by its shape', () => {
  it('is found in the list by the length of its features and the size of its pictures', () => {
    expect(recognizedEntry(manifest, 2048, 299)?.id).toBe('inception-v3-fid');
    expect(recognizedEntry(manifest, 2048, 224)).toBeNull();
    expect(recognizedEntry(manifest, 384, 224)?.id).toBe('dinov2');
    expect(recognizedEntry(manifest, 1024, null)?.id).toBe('dinov2');
    expect(recognizedEntry(manifest, 7, null)).toBeNull();
  });

  it('is opened as what it is', async () => {
    const network = await openOwnNetwork(manifest, { bytes: tinyNetwork({ dim: 384, side: 32 }), hash }, openNodeModel);
    expect(network.identity).toMatchObject({
      id: 'dinov2',
      dim: 384,
      inputSize: 32,
      independent: true,
      comparableWithInceptionFid: false,
      hash,
    });
    expect((await network.features(picture(8), 8)).length).toBe(384);
    await network.close();
  });

  it('is refused, with a reason, where nothing fits', async () => {
    expect(await codeOf(openOwnNetwork(manifest, { bytes: tinyNetwork({ dim: 5 }), hash }, openNodeModel))).toBe(
      'evaluation-unsupported',
    );
    expect(await codeOf(openListedNetwork(tinyEntry(6), { bytes: tinyNetwork({ dim: 5 }), hash }, openNodeModel))).toBe(
      'evaluation-unsupported',
    );
    expect(await codeOf(openOwnNetwork(manifest, { bytes: Uint8Array.of(1, 2, 3), hash }, openNodeModel))).toBe(
      'evaluation-unsupported',
    );
    const refuse: OpenModel = () => Promise.reject(new Error('not today'));
    expect(await codeOf(openListedNetwork(tinyEntry(5), { bytes: tinyNetwork({ dim: 5 }), hash }, refuse))).toBe(
      'evaluation-unsupported',
    );
    expect(() =>
      networkShape(
        new Uint8Array(readFileSync(new URL('../../models/clip-nano/text_model_fp16w.onnx', import.meta.url))),
        null,
      ),
    ).toThrow(StudioError);
  });
});

describe('features', () => {
  it('take the class token of a sequence and the mean of planes', () => {
    expect(vectorsOf(Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]), [2, 2, 2])).toEqual({
      vectors: Float32Array.from([1, 2, 5, 6]),
      dim: 2,
    });
    expect(vectorsOf(Float32Array.from([1, 3, 5, 7]), [1, 2, 1, 2])).toEqual({
      vectors: Float32Array.from([2, 6]),
      dim: 2,
    });
    expect(() => vectorsOf(new Float32Array(4), [4])).toThrow(StudioError);
  });

  it('do not depend on the company of a picture, nor on whether the graph pools or we do', async () => {
    const [pooled, planes] = await Promise.all(
      (['vector', 'planes'] as const).map((output) =>
        openListedNetwork(tinyEntry(5), { bytes: tinyNetwork({ dim: 5, output }), hash }, openNodeModel),
      ),
    );
    const rgb = Uint8Array.from({ length: 7 * 12 * 12 * 3 }, () => random.integer(256));
    const together = await pooled?.features(rgb, 12);
    const single = await pooled?.features(rgb.subarray(3 * 432, 4 * 432), 12);
    const other = await planes?.features(rgb, 12);
    single?.forEach((value, j) => expect(value).toBeCloseTo(together?.[15 + j] as number, 5));
    other?.forEach((value, i) => expect(value).toBeCloseTo(together?.[i] as number, 5));
    await Promise.all([pooled?.close(), planes?.close()]);
  });
});

describe('products in onnxruntime', () => {
  it('are those of float64 to float32 accuracy', async () => {
    const { products, close } = await openRuntimeProducts(openNodeModel);
    const [a, b] = [noise(17 * 33), noise(9 * 33)];
    const [found, exact] = [await products(a, b, 33), await exactProducts(a, b, 33)];
    expect(found.length).toBe(17 * 9);
    found.forEach((value, i) => expect(Math.abs(value - (exact[i] as number))).toBeLessThan(1e-4));
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    await expect(products(a, b, 33, stop.signal)).rejects.toThrow('enough');
    await close();
  });
});
