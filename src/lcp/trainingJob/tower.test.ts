// CLIP's image tower as `train.py` runs it, from the files that CLIPs come in: features and gradients by pixels are those
// of PyTorch's own model, written by ../../clip/testing/makeTowers.py.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { toBlocks, toChannels, toHalf } from '../../clip/testing/convertOnnx';
import { rowCosine } from '../../shared/linearAlgebra';
import { runPython } from '../checkpoint/exportPython/python.testing';

const folder = mkdtempSync(join(tmpdir(), 'tower-'));
afterAll(() => rmSync(folder, { recursive: true }));

const towers = new URL('../../clip/testing/towers/', import.meta.url);
const here = fileURLToPath(new URL('.', import.meta.url));

/** Features of two pictures, and the gradient by their pixels of the summed cosine with a fixed direction. */
const program = `
import json, sys
import numpy as np, torch
from lcpgan.tower import ImageTower
found = {}
for name, path, mean, std in json.loads(sys.argv[1]):
    i = np.arange(2 * 32 * 32 * 3)
    x = torch.tensor(0.5 + 0.4 * np.sin(0.37 * i + 0.01 * i * (i % 5)), dtype=torch.float32).reshape(2, 32, 32, 3)
    x.requires_grad_(True)
    y, _ = ImageTower(path, mean, std, torch.device("cpu"))(x.permute(0, 3, 1, 2))
    towards = torch.sin(0.71 * torch.arange(y.numel())).reshape(y.shape)
    torch.nn.functional.cosine_similarity(y, towards).sum().backward()
    found[name] = {"image": y.detach().reshape(-1).tolist(), "gradient": x.grad.reshape(-1).tolist()}
json.dump(found, open(sys.argv[2], "w"))
`;

interface Found {
  image: number[];
  gradient: number[];
}

const clip = [
  [0.48145466, 0.4578275, 0.40821073],
  [0.26862954, 0.26130258, 0.27577711],
] as const;
const half = [
  [0.5, 0.5, 0.5],
  [0.5, 0.5, 0.5],
] as const;

const read = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, towers)));
const plain = (bytes: Uint8Array): Uint8Array => bytes;

interface Tower {
  file: string;
  /** Whose numbers it has to come near. */
  like?: string;
  normal?: readonly [readonly number[], readonly number[]];
  convert?: (bytes: Uint8Array) => Uint8Array;
  /** Least cosine of features, largest difference of gradients as a share of the largest. */
  least?: number;
  near?: number;
}

const files: Record<string, Tower> = {
  openai: { file: 'openai/vision_model.onnx' },
  openclip: { file: 'openclip/visual.onnx' },
  siglip: { file: 'siglip/vision_model.onnx', normal: half },
  mobile: { file: 'mobile/vision_model.onnx' },
  'one file of two towers': { file: 'tiny/model.onnx', like: 'tiny' },
  'half precision': { file: 'openai/vision_model.onnx', like: 'openai', convert: toHalf, least: 0.999, near: 0.01 },
  'eight bits a channel': {
    file: 'openai/vision_model.onnx',
    like: 'openai',
    convert: toChannels,
    least: 0.999,
    near: 0.1,
  },
  'four bits in blocks': { file: 'openai/vision_model.onnx', like: 'openai', convert: toBlocks, least: 0.9, near: 1 },
  'dynamically quantised': { file: 'quantized/vision_model.onnx', like: 'openai', least: 0.999, near: 0.1 },
};

/** All towers in one process: PyTorch takes a second to start. */
async function run(): Promise<Map<string, Found>> {
  const asked = Object.entries(files).map(([name, { file, normal = clip, convert = plain }], i) => {
    const path = join(folder, `${i}.onnx`);
    writeFileSync(path, convert(read(file)));
    return [name, path, ...normal];
  });
  const out = join(folder, 'found.json');
  const { code, stderr } = await runPython(['-c', program, JSON.stringify(asked), out], here);
  expect(code, stderr).toBe(0);
  return new Map(Object.entries(JSON.parse(readFileSync(out, 'utf8')) as Record<string, Found>));
}

describe('the image tower in PyTorch', () => {
  const found = run();
  it.each(Object.entries(files))(
    'gives features and gradients, %s',
    async (name, { like = name, least = 0.999999, near = 1e-4 }) => {
      const { image, gradient } = (await found).get(name) ?? { image: [], gradient: [] };
      const expected = JSON.parse(Buffer.from(read(`${like}/expected.json`)).toString()) as {
        image: number[];
        pixelGradient: number[];
      };
      const dim = expected.image.length / 2;
      for (const row of [0, 1])
        expect(rowCosine(Float32Array.from(image), Float32Array.from(expected.image), dim, row)).toBeGreaterThan(least);
      const own = gradient.slice(gradient.length / 2);
      const scale = Math.max(...expected.pixelGradient.map(Math.abs));
      const far = Math.max(...expected.pixelGradient.map((value, i) => Math.abs(value - (own[i] ?? Number.NaN))));
      expect(far / scale).toBeLessThan(near);
    },
  );
});
