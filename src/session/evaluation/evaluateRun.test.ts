// Measurements as a session takes them: what they tell on the way, what they keep for the export, and how they end
// before their time. The run is made up; networks, features and numbers are real.
import { describe, expect, it } from 'vitest';
import { MemoryBlobStore } from '../../data/blobStore';
import { openNodeModel } from '../../metrics/nodeRuntime';
import { tinyEntry, tinyNetwork } from '../../metrics/testing';
import { SparseRows } from '../../lcp/partition/sparseRows';
import { CounterRandom } from '../../shared/rng';
import { StudioError } from '../../shared/errors';
import { hashOf } from '../../clip/download';
import type { LoadIo } from '../../clip/loadIo';
import { Evaluations, type EvaluatedRun } from './evaluateRun';
import type { SessionPorts } from '../sessionPorts';
import { parseEvent, type Event, type EventOf } from '../protocol/events';

const size = 8;
const one = size * size * 3;
const slots = [0, 1].map((classIndex) => ({ slot: classIndex, classIndex, cluster: 0 }));
const random = new CounterRandom(2, 938);

function dataset(): EvaluatedRun['dataset'] {
  const count = 60;
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  const pixels = Uint8Array.from(
    { length: count * one },
    (_, i) => (Math.floor(i / one) % 2 === 0 ? 60 : 180) + random.integer(50),
  );
  return {
    summary: {
      classes: ['dark', 'light'],
      imageCount: count,
      labeledPerClass: [30, 30],
      unlabeledCount: 0,
      broken: [],
      resolution: size,
    },
    decoded: new Uint32Array(count),
    items: [],
    pixels,
    labels,
    hashes: [],
    clipPictures: null,
  };
}

/** Draws grey pictures, dark or light as asked. */
function run(changes: Partial<EvaluatedRun> = {}): EvaluatedRun {
  const data = dataset();
  return {
    dataset: data,
    slots,
    conditions: { u: SparseRows.build(60, 2, (row, add) => add(row % 2, 1)), w: new Float32Array(60).fill(1) },
    latent: 3,
    critic: null,
    parts: false,
    clip: {
      model: {
        id: 'toy',
        name: 'Toy CLIP',
        dim: 4,
        hash: 'c'.repeat(64),
        imageSize: 8,
        mean: [0.5, 0.5, 0.5],
        std: [1, 1, 1],
      } as unknown as EvaluatedRun['clip']['model'],
      frozen: {
        encodeImages: (pixels) =>
          Promise.resolve(
            Float32Array.from(
              { length: (pixels.length / one) * 4 },
              (_, i) => pixels[Math.floor(i / 4) * one + (i % 4)] as number,
            ),
          ),
      },
    },
    kimg: () => 1.25,
    convnet: ({ samples, labels }) =>
      Promise.resolve({
        trainedOn: labels.length - 12,
        heldOut: 12,
        accuracyOnReals: 0.75,
        predicted: Int32Array.from({ length: samples.length / one }, (_, i) => i % 2),
      }),
    drawing: (work) =>
      work({
        drawConditions: (count) =>
          Float32Array.from({ length: count * 2 }, (_, i) => Number(Math.floor(i / 2) % 2 === i % 2)),
        pictures: (z, u) =>
          Promise.resolve(
            Float32Array.from(
              { length: (z.length / 3) * one },
              (_, i) => (u[Math.floor(i / one) * 2] === 1 ? -0.4 : 0.5) + 0.2 * Math.sin(i),
            ),
          ),
      }),
    ...changes,
  };
}

async function world() {
  const bytes = tinyNetwork({ dim: 12 });
  const manifest = {
    version: 1,
    entries: [
      { ...tinyEntry(12), files: [{ url: 'evaluation/tiny.onnx', bytes: bytes.length, sha256: await hashOf(bytes) }] },
    ],
  };
  const files = new Map([
    ['evaluation.json', new TextEncoder().encode(JSON.stringify(manifest))],
    ['evaluation/tiny.onnx', bytes],
  ]);
  const io: LoadIo = {
    retryDelays: [],
    open(url) {
      const file = files.get(url);
      if (!file)
        return Promise.reject(
          new StudioError({ code: 'clip-missing', what: 'gone', why: 'It is not there.', action: '' }),
        );
      return Promise.resolve({
        from: 0,
        length: file.length,
        total: file.length,
        chunks: (async function* () {
          yield file;
        })(),
      });
    },
  };
  const events: Event[] = [];
  const ports = {
    gpu: undefined,
    clipIo: io,
    evaluation: { io, open: openNodeModel },
    store: new MemoryBlobStore(),
    emit: (event: Event) => events.push(parseEvent(event)),
  } as unknown as SessionPorts;
  return { evaluations: new Evaluations(ports), events, files };
}

const command = (network: { kind: 'manifest'; id: string } | { kind: 'clip' }) => ({
  type: 'evaluate' as const,
  id: 1,
  network,
  samples: 40,
  seed: 7,
});
const results = (events: Event[]): EventOf<'evaluation'>[] => events.filter((event) => event.type === 'evaluation');
const endings = (events: Event[]): Event[] =>
  events.filter((event) => event.type === 'evaluating' && event.done === null);

describe('a measurement', () => {
  it('tells its way and its result with the samples that it shows, and lies beside the export', async () => {
    const { evaluations, events } = await world();
    const exported = { files: [{ name: 'checkpoint.safetensors', bytes: new ArrayBuffer(1) }] };
    expect(evaluations.beside(exported)).toEqual(exported);
    await evaluations.evaluate(command({ kind: 'manifest', id: 'tiny' }), run());
    const [found] = results(events);
    expect(found?.result).toMatchObject({
      kimg: 1.25,
      seed: 7,
      counts: { reals: 60, samples: 40 },
      featureNetwork: { id: 'tiny', independent: true },
    });
    expect(found?.copies.byteLength).toBe((found?.result.copies?.pairs.length ?? 0) * size * size * 4);
    expect(found?.result.classifier?.accuracyOnSamples).toBe(1);
    const labels = new Set(events.flatMap((event) => (event.type === 'evaluating' ? [event.label] : [])));
    expect([...labels]).toEqual(
      expect.arrayContaining([
        'Opening the evaluation network',
        'Looking at the reals',
        'Drawing samples',
        'Looking at the samples',
      ]),
    );
    expect(endings(events).length).toBe(1);
    const names = evaluations.beside(exported).files.map(({ name }) => name);
    expect(names).toEqual(['checkpoint.safetensors', 'evaluation.json', 'evaluation.csv']);
    evaluations.clear();
    expect(evaluations.beside(exported).files.length).toBe(1);
  });

  it('by the run’s own CLIP is marked for what it is', async () => {
    const { evaluations, events } = await world();
    await evaluations.evaluate(command({ kind: 'clip' }), run());
    expect(results(events)[0]?.result).toMatchObject({
      featureNetwork: { id: 'clip:toy', independent: false },
      classifier: {
        name: 'small network trained on your labels',
        accuracyOnReals: 0.75,
        accuracyOnSamples: 1,
        heldOut: 12,
      },
    });
    expect(results(events)[0]?.result.note).toContain('rough guide');
  });

  it('by a listed network that is the run’s own CLIP is marked the same way', async () => {
    const { evaluations, events } = await world();
    const made = run();
    const own = { ...made.clip, model: { ...made.clip.model, hash: await hashOf(tinyNetwork({ dim: 12 })) } };
    await evaluations.evaluate(command({ kind: 'manifest', id: 'tiny' }), run({ clip: own }));
    const found = results(events)[0]?.result;
    expect(found).toMatchObject({ featureNetwork: { id: 'tiny', independent: false } });
    expect(found?.classifier?.name).toBe('small network trained on your labels');
    expect(found?.note).toContain('rough guide');
  });

  it('by the CLIP that only looked at the pictures is fair, and says that it inferred the labels', async () => {
    const { evaluations, events } = await world();
    await evaluations.evaluate(command({ kind: 'clip' }), run({ critic: { hash: 'd'.repeat(64) } }));
    const found = results(events)[0]?.result;
    expect(found?.featureNetwork).toMatchObject({ id: 'clip:toy', independent: true });
    expect(found?.note).toContain('It inferred the labels of this run');
    expect(found?.note).not.toContain('rough guide');
  });
});

describe('a measurement that does not come to its end', () => {
  it('is given up when asked to, and leaves the way free for another', async () => {
    const { evaluations, events } = await world();
    const first = evaluations.evaluate(
      command({ kind: 'manifest', id: 'tiny' }),
      run({
        drawing: async (work) => {
          await expect(evaluations.evaluate(command({ kind: 'manifest', id: 'tiny' }), run())).rejects.toThrow(
            /already/,
          );
          evaluations.cancel();
          return run().drawing(work);
        },
      }),
    );
    await expect(first).rejects.toThrow(/cancelled/);
    expect(results(events)).toEqual([]);
    await evaluations.evaluate(command({ kind: 'manifest', id: 'tiny' }), run());
    expect(results(events).length).toBe(1);
  });

  it('says what it takes where there is no such network', async () => {
    const { evaluations, events, files } = await world();
    files.delete('evaluation/tiny.onnx');
    const missing = await evaluations
      .evaluate(command({ kind: 'manifest', id: 'tiny' }), run())
      .catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(StudioError);
    expect((missing as StudioError).info).toMatchObject({
      code: 'evaluation-missing',
      action: expect.stringContaining('47 MB'),
    });
    expect(endings(events).length).toBe(1);
  });
});
