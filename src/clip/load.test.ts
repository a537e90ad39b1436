import { create, toBinary } from '@bufbuild/protobuf';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseModelProto } from '../formats/onnx';
import { GraphProtoSchema, ModelProtoSchema, type GraphProto } from '../formats/onnx_pb';
import type { DroppedFile } from './dropped';
import { openFrozenClip } from './frozen';
import { loadClip, loadManifest, type LoadIo } from './load';
import { partsCache, type ClipCache } from './clipCache';
import { filesBytes, parseManifest } from './manifest';
import { defaultClip } from './model';
import { LineBroken } from './loadIo';
import { folderIo } from './nodeIo';
import { memoryStore } from './testing/memoryStore';
import { loadClipNano, modelsFolder } from './testing/clipNano';
import { goldenPixels } from './testing/golden';

const io = folderIo(modelsFolder);
const nano = (file: string): Promise<Uint8Array> =>
  readFile(`${modelsFolder}clip-nano/${file}`).then((bytes) => new Uint8Array(bytes));
const drop = (bytes: Uint8Array | string, name = 'x.bin'): DroppedFile => ({
  name,
  file: new Blob([bytes as Uint8Array<ArrayBuffer>]),
});
const dropAll = (...files: DroppedFile[]): ReturnType<typeof loadClip> =>
  loadClip({ kind: 'files', files }, io, () => {});
const code = (expected: string): object => ({ info: { code: expected } });

/** The repository's files with some replaced. */
function ioWith(replace: Record<string, (bytes: Uint8Array) => Uint8Array>, cache?: ClipCache): LoadIo {
  return {
    cache,
    async open(url) {
      const bytes = await readAll(await io.open(url, 0));
      const given = (replace[url] ?? ((same: Uint8Array) => same))(bytes);
      return {
        from: 0,
        length: given.length,
        total: given.length,
        chunks: (async function* () {
          yield given;
        })(),
      };
    },
  };
}

async function readAll({ chunks }: Awaited<ReturnType<LoadIo['open']>>): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of chunks) parts.push(chunk.slice());
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** The graph with its inner names under `tag`. */
function tagged(graph: GraphProto, tag: string): GraphProto {
  const keep = new Set(['pixel_values', 'input_ids', 'image_embeds', 'text_embeds', '']);
  const rename = (name: string): string => (keep.has(name) ? name : `${tag}/${name}`);
  for (const node of graph.node) {
    node.input = node.input.map(rename);
    node.output = node.output.map(rename);
  }
  for (const part of [...graph.initializer, ...graph.input, ...graph.output]) part.name = rename(part.name);
  return graph;
}

/** Both towers in one graph, as some exporters write them. */
function joined(vision: Uint8Array, text: Uint8Array): Uint8Array {
  const [a, b] = [parseModelProto(vision), parseModelProto(text)];
  const [one, two] = [tagged(a.graph, 'v'), tagged(b.graph, 't')];
  const graph = create(GraphProtoSchema, {
    name: 'joint',
    node: [...two.node, ...one.node],
    initializer: [...one.initializer, ...two.initializer],
    input: [...two.input, ...one.input],
    output: [...two.output, ...one.output],
  });
  return toBinary(ModelProtoSchema, { ...a, graph });
}

const loadWith = (replace: Parameters<typeof ioWith>[0], id = 'clip-nano'): ReturnType<typeof loadClip> =>
  loadClip({ kind: 'manifest', id }, ioWith(replace), () => {});

describe('manifest', () => {
  it('is valid, and its embedded entry needs no network', async () => {
    const { entries } = await loadManifest(io);
    expect(entries.map(({ id }) => id)).toEqual([
      'clip-lit',
      'clip-nano',
      'openai-vit-b-32',
      'openai-vit-b-32-q8',
      'tinyclip-vit-8m-16',
      'tinyclip-vit-8m-16-q8',
    ]);
    for (const entry of entries)
      expect(entry.files.every(({ url }) => url.startsWith('https:') !== entry.embedded)).toBe(true);
    // What runs begin with is offered first, and neither it nor its critic needs one.
    const [first] = entries;
    const critic = entries.find(({ id }) => id === first?.critic);
    expect([first?.id, first?.embedded, critic?.embedded]).toEqual([defaultClip, true, true]);
  });

  it('names no critic that is not in it', async () => {
    const manifest = await loadManifest(io);
    const [lit, ...others] = manifest.entries;
    const text = (critic: string): string => JSON.stringify({ ...manifest, entries: [{ ...lit, critic }, ...others] });
    expect(parseManifest(text('openai-vit-b-32')).entries[0]?.critic).toBe('openai-vit-b-32');
    expect(() => parseManifest(text('clip-pico'))).toThrow('a critic that is not in the list');
  });

  it('names the field that is wrong', () => {
    expect(() => parseManifest('{"version":1,"entries":[{"id":"x"}]}')).toThrow(/list of CLIP models/);
    expect(() => parseManifest('<html>')).toThrow(/list of CLIP models/);
  });
});

describe('loadClip by id', () => {
  it('loads the embedded CLIP and counts bytes up to its whole size', async () => {
    const seen: [number, number][] = [];
    const model = await loadClip({ kind: 'manifest', id: 'clip-nano' }, io, (done, total) => seen.push([done, total]));
    const entry = (await loadManifest(io)).entries.find(({ id }) => id === 'clip-nano');
    const total = entry ? filesBytes(entry.files) : NaN;
    expect(seen.at(-1)).toEqual([total, total]);
    expect(seen.every(([done], i) => done >= (seen[i - 1]?.[0] ?? 0))).toBe(true);
    expect(model).toMatchObject({
      id: 'clip-nano',
      dim: 192,
      imageSize: 64,
      contextLength: 32,
      logitScale: 15.98,
      padToContext: false,
    });
    expect(model.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('fetches a file once, and again if the cache returns something else', async () => {
    const store = memoryStore();
    let fetched = 0;
    const counting: LoadIo = {
      cache: partsCache(store),
      open: (url, from) => ((fetched += url === 'manifest.json' ? 0 : 1), io.open(url, from)),
    };
    const load = (): ReturnType<typeof loadClip> => loadClip({ kind: 'manifest', id: 'clip-nano' }, counting, () => {});
    await load();
    expect(fetched).toBe(3);
    await load();
    expect(fetched).toBe(3);
    for (const [key, bytes] of store.entries)
      if (key.startsWith('clip/') && bytes.length > 0)
        store.entries.set(
          key,
          bytes.map((byte) => byte ^ 1),
        );
    await load();
    expect(fetched).toBe(6);
  });

  it('needs no network for what is stored, and says so for what is not', async () => {
    const store = memoryStore();
    const load = (id: string, open: LoadIo['open']): ReturnType<typeof loadClip> =>
      loadClip({ kind: 'manifest', id }, { open, cache: partsCache(store), retryDelays: [] }, () => {});
    const offline: LoadIo['open'] = () => Promise.reject(new LineBroken('You are offline.'));
    await expect(load('clip-nano', offline)).rejects.toMatchObject({
      info: { code: 'clip-missing', why: 'You are offline.' },
    });
    await load('clip-nano', io.open);
    expect((await load('clip-nano', offline)).dim).toBe(192);
    await expect(load('openai-vit-b-32', offline)).rejects.toMatchObject({
      info: {
        code: 'clip-missing',
        what: expect.stringContaining('not kept on this machine') as string,
        why: 'You are offline.',
      },
    });
  });

  it('tells damage, truncation, a web page and absence apart', async () => {
    const vision = 'clip-nano/vision_model_fp16w.onnx';
    await expect(loadWith({ [vision]: (bytes) => bytes.with(1000, (bytes[1000] ?? 0) ^ 1) })).rejects.toMatchObject({
      info: { code: 'clip-damaged', why: expect.stringContaining('checksum') as string },
    });
    await expect(loadWith({ [vision]: (bytes) => bytes.subarray(0, 1000) })).rejects.toMatchObject({
      info: { code: 'clip-damaged', why: expect.stringContaining('1000') as string },
    });
    await expect(loadWith({ [vision]: () => new TextEncoder().encode('<!doctype html>') })).rejects.toMatchObject(
      code('clip-missing'),
    );
    await expect(loadWith({}, 'no-such-clip')).rejects.toMatchObject(code('clip-missing'));
    await expect(loadClip({ kind: 'manifest', id: 'clip-nano' }, folderIo('/nowhere'), () => {})).rejects.toMatchObject(
      code('clip-missing'),
    );
  });
});

describe('loadClip from files', () => {
  it('recognises the parts whatever their names, and what is listed by its checksum', async () => {
    const [vision, text, tokenizer] = await Promise.all([
      nano('vision_model_fp16w.onnx'),
      nano('text_model_fp16w.onnx'),
      nano('tokenizer.json'),
    ]);
    const model = await dropAll(
      drop('# notes\n', 'README.md'),
      drop(tokenizer, 'a.onnx'),
      drop(text, 'vision.onnx'),
      drop(vision, 'text.onnx'),
    );
    expect(model).toMatchObject({
      name: 'clip-nano 64/8',
      dim: 192,
      imageSize: 64,
      contextLength: 32,
      logitScale: 15.98,
    });
    expect(model.tokenizer?.encode('a dog')).toEqual((await loadClipNano()).tokenizer?.encode('a dog'));
  });

  it('does without text where the text tower or the tokenizer is missing', async () => {
    const [vision, text, tokenizer] = await Promise.all([
      nano('vision_model_fp16w.onnx'),
      nano('text_model_fp16w.onnx'),
      nano('tokenizer.json'),
    ]);
    for (const files of [[drop(vision)], [drop(vision), drop(text)], [drop(vision), drop(tokenizer)]]) {
      expect(await dropAll(...files)).toMatchObject({ text: null, tokenizer: null });
    }
    const clip = await openFrozenClip(await dropAll(drop(vision)));
    expect(clip.hasText).toBe(false);
    await expect(clip.encodeTexts(['a dog'])).rejects.toMatchObject(code('clip-missing'));
    await clip.close();
  });

  it('takes both towers out of one file', async () => {
    const both = joined(await nano('vision_model_fp16w.onnx'), await nano('text_model_fp16w.onnx'));
    const files = [
      drop(both),
      drop(await nano('tokenizer.json')),
      drop(await nano('config.json')),
      drop(await nano('preprocessor_config.json')),
    ];
    const model = await dropAll(...files);
    expect(model).toMatchObject({ dim: 192, imageSize: 64, contextLength: 32, logitScale: 100 });
    expect(model.vision.length).toBeLessThan(both.length * 0.6);
    const [split, whole] = await Promise.all([openFrozenClip(model), openFrozenClip(await loadClipNano())]);
    expect(await split.encodeImages(goldenPixels())).toEqual(await whole.encodeImages(goldenPixels()));
    expect(await split.encodeTexts(['a red circle'])).toEqual(await whole.encodeTexts(['a red circle']));
    await Promise.all([split.close(), whole.close()]);
  });

  it('says what is wrong with what is no CLIP', async () => {
    const vision = await nano('vision_model_fp16w.onnx');
    await expect(dropAll(drop(Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)))).rejects.toMatchObject(
      code('clip-damaged'),
    );
    await expect(dropAll(drop(vision.subarray(0, 3_000_000)))).rejects.toMatchObject(code('clip-damaged'));
    await expect(dropAll(drop(vision), drop('{"model": {"vocab"'))).rejects.toMatchObject(code('clip-damaged'));
    await expect(dropAll(drop(await nano('text_model_fp16w.onnx')))).rejects.toMatchObject({
      info: { code: 'clip-missing', why: expect.stringContaining('text tower') as string },
    });
    await expect(dropAll(drop(await nano('tokenizer.json')))).rejects.toMatchObject(code('clip-missing'));
    await expect(dropAll()).rejects.toMatchObject(code('clip-missing'));
    const other = parseModelProto(vision);
    for (const input of other.graph.input)
      if (input.type?.value.case === 'tensorType') input.type.value.value.shape?.dim.splice(0, 2);
    await expect(dropAll(drop(toBinary(ModelProtoSchema, other)))).rejects.toMatchObject(code('clip-unsupported'));
  });
});
