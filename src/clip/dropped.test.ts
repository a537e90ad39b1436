import { create, toBinary } from '@bufbuild/protobuf';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { MAX_MODEL_BYTES } from '../formats/onnxExternal';
import { parseModelProto, readOnnx } from '../formats/onnx';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataLocation as Location,
  type GraphProto,
} from '../formats/onnx_pb';
import { droppedParts, type DroppedFile } from './dropped';
import { hashOf } from './download';
import { loadClip, type LoadIo } from './load';
import { openFrozenClip } from './frozen';
import { folderIo } from './nodeIo';
import { floatTensor, writeOnnx } from './testing/onnxWriter';

const towers = new URL('./testing/towers/', import.meta.url);
const tower = async (path: string): Promise<Uint8Array> => new Uint8Array(await readFile(new URL(path, towers)));
const drop = (name: string, bytes: Uint8Array | string): DroppedFile => ({
  name,
  file: new Blob([bytes as Uint8Array<ArrayBuffer>]),
});
const parts = (...files: DroppedFile[]): ReturnType<typeof droppedParts> => droppedParts(files, () => {});
const load = (...files: DroppedFile[]): ReturnType<typeof loadClip> =>
  loadClip({ kind: 'files', files }, folderIo('/nowhere'), () => {});
const ascii = (text: string, length = 600): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i < text.length ? text.charCodeAt(i) : (i * 7919) % 251));
const info = (code: string, text: RegExp): object => ({
  message: expect.stringMatching(text) as string,
  info: { code },
});

/** A file whose size is told without its bytes being there; reading it fails the test. */
function unread(name: string, size: number, head: Uint8Array): DroppedFile {
  const file = new Blob([head as Uint8Array<ArrayBuffer>]);
  Object.defineProperty(file, 'size', { value: size });
  Object.defineProperty(file, 'arrayBuffer', { value: () => Promise.reject(new Error('was read')) });
  return { name, file };
}

/** The same tower as an export for so many rows at a time. */
function withRows(bytes: Uint8Array, rows: number): Uint8Array {
  const model = parseModelProto(bytes);
  for (const { type } of [...model.graph.input, ...model.graph.output]) {
    const dims = type?.value.case === 'tensorType' ? type.value.value.shape?.dim : undefined;
    if (dims?.[0]) dims[0].value = { case: 'dimValue', value: BigInt(rows) };
  }
  return toBinary(ModelProtoSchema, model);
}

/** The graph with its larger weights in a data file. */
function split(bytes: Uint8Array, location: string): { graph: Uint8Array; data: Uint8Array } {
  const model = parseModelProto(bytes);
  const data: number[] = [];
  for (const tensor of model.graph.initializer) {
    if (tensor.rawData.length < 64) continue;
    tensor.externalData = Object.entries({
      location,
      offset: String(data.length),
      length: String(tensor.rawData.length),
    }).map(([key, value]) => ({ $typeName: 'onnx.StringStringEntryProto', key, value }));
    data.push(...tensor.rawData);
    tensor.rawData = new Uint8Array();
    tensor.dataLocation = Location.EXTERNAL;
  }
  return { graph: toBinary(ModelProtoSchema, model), data: Uint8Array.from(data) };
}

describe('what is not an ONNX model is named for what it is', () => {
  const cases: [string, Uint8Array | string, RegExp][] = [
    ['a picture', ascii('\u0089PNG\r\n\u001a\n'), /model\.onnx is not an ONNX model.*PNG/],
    ['an archive', ascii('PK\u0003\u0004'), /zip archive/],
    ['a web page', '<!DOCTYPE html><title>404</title>', /web page/],
    ['a server’s answer', '{"error":"Invalid username or password."}', /error message/],
    ['a pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:1\n', /Git LFS/],
    ['safetensors', ascii('\u0080\u0001\u0000\u0000\u0000\u0000\u0000\u0000{"a":{"dtype":"F32"'), /safetensors/],
    ['nothing', '', /empty/],
    ['a text', 'hello\n', /a text/],
    ['noise', Uint8Array.from({ length: 900 }, (_, i) => (i * 7919) % 251), /not a whole ONNX model/],
  ];
  it.each(cases)('%s', async (_, bytes, text) => {
    const vision = drop('vision.onnx', await tower('openai/vision_model.onnx'));
    await expect(parts(vision, drop('model.onnx', bytes))).rejects.toMatchObject(info('clip-damaged', text));
  });
});

describe('ONNX models that do not fit', () => {
  it('cut off anywhere: damaged, or nothing but a StudioError', async () => {
    const whole = await tower('openai/vision_model.onnx');
    for (const share of [0.01, 0.2, 0.5, 0.9, 0.999]) {
      await expect(parts(drop('v.onnx', whole.subarray(0, Math.floor(whole.length * share))))).rejects.toMatchObject(
        info('clip-damaged', /v\.onnx is not a whole ONNX model/),
      );
    }
  });

  it('no CLIP: what it takes or gives is named', async () => {
    const identity = (input: (number | string)[], output: string): Uint8Array =>
      writeOnnx({
        nodes: [{ op: 'Relu', inputs: ['pixels'], outputs: [output] }],
        inputs: { pixels: input },
        outputs: { [output]: ['n', 1000] },
      });
    await expect(load(drop('m.onnx', identity(['n', 3, 224, 224], 'logits')))).rejects.toMatchObject(
      info('clip-unsupported', /called logits/),
    );
    await expect(load(drop('m.onnx', identity(['n', 224, 224, 3], 'image_embeds')))).rejects.toMatchObject(
      info('clip-unsupported', /channels last/),
    );
    await expect(load(drop('m.onnx', identity(['n', 1, 28, 28], 'image_embeds')))).rejects.toMatchObject(
      info('clip-unsupported', /1 channels/),
    );
    await expect(load(drop('m.onnx', identity(['n', 16000], 'image_embeds')))).rejects.toMatchObject(
      info('clip-unsupported', /neither a picture nor a text/),
    );
  });

  it('two versions at once', async () => {
    const vision = await tower('openai/vision_model.onnx');
    await expect(parts(drop('a.onnx', vision), drop('b.onnx', vision))).rejects.toMatchObject(
      info('clip-unsupported', /Both a\.onnx and b\.onnx hold an image tower/),
    );
  });

  it('larger than 2 GB: refused before a byte of its weights is read', async () => {
    const vision = await tower('openai/vision_model.onnx');
    await expect(parts(unread('big.onnx', MAX_MODEL_BYTES + 1, vision.subarray(0, 512)))).rejects.toMatchObject(
      info('clip-unsupported', /larger than 2 GB.*2\.1 GB/),
    );
    const huge = { location: 'w.data', offset: '0', length: String(2 ** 31) };
    const graph = writeOnnx({
      nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
      constants: { w: floatTensor([1], [0]) },
      inputs: { x: [1, 3, 8, 8] },
      outputs: { y: [1, 4] },
    });
    const model = parseModelProto(graph);
    Object.assign(model.graph.initializer[0] ?? {}, {
      dims: [2n ** 29n],
      rawData: new Uint8Array(),
      dataLocation: Location.EXTERNAL,
    });
    for (const tensor of model.graph.initializer)
      tensor.externalData = Object.entries(huge).map(([key, value]) => ({
        $typeName: 'onnx.StringStringEntryProto',
        key,
        value,
      }));
    await expect(
      parts(drop('m.onnx', toBinary(ModelProtoSchema, model)), unread('w.data', 2 ** 31, new Uint8Array(512))),
    ).rejects.toMatchObject(info('clip-unsupported', /larger than 2 GB/));
  });
});

describe('weights in data files', () => {
  it('come from the files that lie beside the model', async () => {
    const whole = await tower('openai/vision_model.onnx');
    const { graph, data } = split(whole, 'vision_model.onnx_data');
    expect(data.length).toBeGreaterThan(graph.length);
    const model = await load(drop('vision_model.onnx', graph), drop('vision_model.onnx_data', data));
    const [apart, one] = [await openFrozenClip(model), await openFrozenClip(await load(drop('v.onnx', whole)))];
    const pixels = Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => Math.sin(i / 7));
    expect(await apart.encodeImages(pixels)).toEqual(await one.encodeImages(pixels));
    await Promise.all([apart.close(), one.close()]);
  });

  it('of two towers are called alike, and are found in the folder of each', async () => {
    const vision = split(await tower('openai/vision_model.onnx'), 'model.onnx_data');
    const text = split(await tower('openai/text_model.onnx'), 'model.onnx_data');
    const files = [
      drop('clip/textual/model.onnx_data', text.data),
      drop('clip/visual/model.onnx_data', vision.data),
      drop('clip/visual/model.onnx', vision.graph),
      drop('clip/textual/model.onnx', text.graph),
    ];
    const found = await parts(...files);
    const { graph, data } = vision;
    expect(found.vision).toEqual((await parts(drop('model.onnx', graph), drop('model.onnx_data', data))).vision);
    expect(found.text?.length).toBeGreaterThan(text.data.length);
    await expect(
      parts(
        drop('a/model.onnx_data', vision.data),
        drop('b/model.onnx_data', vision.data),
        drop('v/model.onnx', vision.graph),
      ),
    ).rejects.toMatchObject(info('clip-missing', /model\.onnx_data is missing/));
  });

  it('come from the files that the list names', async () => {
    const whole = await tower('openai/vision_model.onnx');
    const { graph, data } = split(whole, 'vision_model.onnx_data');
    const files = { 'http://host/a/vision_model.onnx': graph, 'http://host/a/vision_model.onnx_data': data };
    const listed = await Promise.all(
      Object.entries(files).map(async ([url, bytes], i) => ({
        role: i === 0 ? 'vision' : 'data',
        url,
        bytes: bytes.length,
        sha256: await hashOf(bytes),
      })),
    );
    const entry = {
      id: 'x',
      name: 'X',
      licence: 'MIT',
      embedded: false,
      note: '',
      preprocessing: { imageSize: 32, mean: [0, 0, 0], std: [1, 1, 1] },
      contextLength: 24,
      logitScale: 100,
      files: listed,
    };
    const served: Record<string, Uint8Array> = {
      ...files,
      'manifest.json': new TextEncoder().encode(JSON.stringify({ version: 1, entries: [entry] })),
    };
    const open: LoadIo['open'] = async (url) => ({
      from: 0,
      length: null,
      total: null,
      chunks: (async function* () {
        yield served[url] ?? new Uint8Array();
      })(),
    });
    const model = await loadClip({ kind: 'manifest', id: 'x' }, { open }, () => {});
    expect(readOnnx(model.vision).initializers.size).toBe(readOnnx(whole).initializers.size);
    expect(model.vision.length).toBeGreaterThan(data.length);
    expect(model.standIn).toBe(false);
  });

  it('are asked for by name, and too short a file is no crash', async () => {
    const { graph, data } = split(await tower('openai/vision_model.onnx'), 'vision_model.onnx_data');
    await expect(parts(drop('v.onnx', graph))).rejects.toMatchObject(
      info('clip-missing', /vision_model\.onnx_data is missing/),
    );
    await expect(
      parts(drop('v.onnx', graph), drop('vision_model.onnx_data', data.subarray(0, 1000))),
    ).rejects.toMatchObject(info('clip-damaged', /has 1000 bytes/));
  });
});

/** The graph with another element type at its input or output, converted inside. */
function converted(
  bytes: Uint8Array,
  input: [name: string, type: number],
  output: [name: string, type: number] | null,
): Uint8Array {
  const model = parseModelProto(bytes);
  const { graph } = model;
  const cast = (from: string, to: string, type: number): GraphProto['node'][number] =>
    create(NodeProtoSchema, {
      opType: 'Cast',
      input: [from],
      output: [to],
      attribute: [create(AttributeProtoSchema, { name: 'to', type: AttributeType.INT, i: BigInt(type) })],
    });
  const retype = (values: GraphProto['input'], name: string, type: number): number => {
    const value = values.find((each) => each.name === name)?.type?.value;
    if (value?.case !== 'tensorType') throw new Error(name);
    const before = value.value.elemType;
    value.value.elemType = type;
    return before;
  };
  const before = retype(graph.input, ...input);
  for (const node of graph.node) node.input = node.input.map((name) => (name === input[0] ? 'as before' : name));
  graph.node.unshift(cast(input[0], 'as before', before));
  if (output) {
    retype(graph.output, ...output);
    for (const node of graph.node) {
      node.output = node.output.map((name) => (name === output[0] ? 'in full' : name));
      node.input = node.input.map((name) => (name === output[0] ? 'in full' : name));
    }
    graph.node.push(cast('in full', output[0], output[1]));
  }
  return toBinary(ModelProtoSchema, model);
}

describe('graphs with other element types', () => {
  it('take half precision pictures and 32-bit ids, and give half precision embeddings', async () => {
    const [vision, text, tokenizer] = await Promise.all([
      tower('openai/vision_model.onnx'),
      tower('openai/text_model.onnx'),
      tower('tokenizer.json'),
    ]);
    const halves = [
      drop('v.onnx', converted(vision, ['pixel_values', 10], ['image_embeds', 10])),
      drop('t.onnx', converted(text, ['input_ids', 6], ['text_embeds', 10])),
    ];
    const models = await Promise.all([
      load(...halves, drop('tokenizer.json', tokenizer)),
      load(drop('v.onnx', vision), drop('t.onnx', text), drop('tokenizer.json', tokenizer)),
    ]);
    const [half, full] = await Promise.all(models.map(openFrozenClip));
    const pixels = Float32Array.from({ length: 2 * 3 * 32 * 32 }, (_, i) => Math.sin(i / 7));
    const texts = ['a dog', 'an old red car'];
    for (const [a, b] of [
      [await half?.encodeImages(pixels), await full?.encodeImages(pixels)],
      [await half?.encodeTexts(texts), await full?.encodeTexts(texts)],
    ]) {
      expect(a?.length).toBe(b?.length);
      const scale = Math.hypot(...(b ?? []));
      // Half precision keeps 11 bits: 2^-11 = 5e-4 an input and an output.
      a?.forEach((value, i) => expect(Math.abs(value - (b?.[i] ?? NaN)) / scale).toBeLessThan(2e-3));
    }
    await Promise.all([half?.close(), full?.close()]);
  });
});

describe('a CLIP that was exported for a fixed number of rows', () => {
  const pixels = Float32Array.from({ length: 3 * 3 * 32 * 32 }, (_, i) => Math.sin(i / 7));

  it.each([1, 2])('gives for any number of pictures what a free one gives: %i at a time', async (rows) => {
    const whole = await tower('openai/vision_model.onnx');
    const free = await openFrozenClip(await load(drop('v.onnx', whole)));
    const fixed = await openFrozenClip(await load(drop('v.onnx', withRows(whole, rows))));
    const [expected, found] = [await free.encodeImages(pixels), await fixed.encodeImages(pixels)];
    expect(found.length).toBe(expected.length);
    found.forEach((value, i) => expect(Math.abs(value - (expected[i] ?? NaN))).toBeLessThan(1e-4));
    await Promise.all([free.close(), fixed.close()]);
  });
});
