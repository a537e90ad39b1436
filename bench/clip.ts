/**
 * CLIP's differentiable twin: how well it agrees with onnxruntime, with PyTorch and with finite differences; what the
 * gradient by pixels costs on top of the forward pass (captured steps, taking turns); the GPU memory at its peak. With
 * the embedded CLIP; `--long` does it with a full-size ViT-B/32 of random weights, which
 * src/clip/testing/makeFullSize.py makes in the folder CLIP_B32 (or a temporary one).
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openFrozenClip } from '../src/clip/frozen';
import { loadClip } from '../src/clip/load';
import type { ClipModel } from '../src/clip/model';
import { folderIo } from '../src/clip/nodeIo';
import { probePictures } from '../src/clip/probePictures';
import { checkTwin } from '../src/clip/twin/checkTwin';
import { imageTwin, type ImageTwin } from '../src/clip/twin/imageTwin';
import { textTwin } from '../src/clip/twin/textTwin';
import { acquireDevice } from '../src/gpu/device/device';
import { createEngine, type Engine } from '../src/gpu/engine';
import { compileStep, type Step } from '../src/gpu/capture/plan';
import { div, grad, mul, sqrt, square, sum, tensor, tidy, type Tensor, type Tensor4D } from '../src/gpu/tensor';
import { openFile } from '../src/headless/diskFile';
import { installNodeGpu } from '../src/headless/nodeGpu';
import type { Bench } from './bench';
import { interleaved, median, rounded } from './measure';
import { meterDevice } from './meter';

const rounds = 9;
const testing = fileURLToPath(new URL('../src/clip/testing/', import.meta.url));

interface Expected {
  image: number[];
  pixelGradient: number[];
}

/** The pictures of makeTowers.py: a formula, [count, size, size, 3] in [0, 1]. */
const wavePictures = (count: number, size: number): Float32Array =>
  Float32Array.from({ length: count * size * size * 3 }, (_, i) => 0.5 + 0.4 * Math.sin(0.37 * i + 0.01 * i * (i % 5)));

/** Sum over rows of the cosine with a fixed direction. */
function summedCosine(y: Tensor): Tensor {
  const towards = tensor(
    Float32Array.from({ length: y.size }, (_, i) => Math.sin(0.71 * i)),
    y.shape,
  );
  return sum(div(sum(mul(y, towards), -1), sqrt(mul(sum(square(y), -1), sum(square(towards), -1)))));
}

const floats = async (t: Tensor): Promise<Float32Array> => {
  const data = (await t.data()) as Float32Array;
  t.dispose();
  return data;
};

const pixelGradient = (twin: ImageTwin, x: Tensor): Promise<Float32Array> =>
  floats(tidy(() => grad((p: Tensor) => summedCosine(twin.encode(p as Tensor4D)))(x)));

/** Largest difference from PyTorch's gradient, relative to its largest number. PyTorch's covers the last picture. */
async function errorAgainstTorch(twin: ImageTwin, pictures: number, expected: Expected): Promise<number> {
  const size = twin.imageSize;
  const x = tensor(wavePictures(pictures, size), [pictures, size, size, 3]);
  const own = (await pixelGradient(twin, x)).subarray(-expected.pixelGradient.length);
  x.dispose();
  const scale = expected.pixelGradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return (
    expected.pixelGradient.reduce((most, value, i) => Math.max(most, Math.abs(value - (own[i] as number))), 0) / scale
  );
}

/**
 * Difference of the slope along the gradient from central differences (two steps, extrapolated), relative to the
 * gradient's length.
 */
async function errorAgainstDifferences(twin: ImageTwin, step: number): Promise<number> {
  const size = twin.imageSize;
  const start = Float32Array.from(
    probePictures(size).subarray(0, size * size * 3),
    (value) => 0.2 + (0.6 * value) / 255,
  );
  const x = tensor(start, [1, size, size, 3]);
  const gradient = await pixelGradient(twin, x);
  x.dispose();
  const length = Math.sqrt(gradient.reduce((total, g) => total + g * g, 0));
  const at = async (t: number): Promise<number> =>
    (
      await floats(
        tidy(() =>
          summedCosine(
            twin.encode(
              tensor(
                start.map((v, i) => v + (t * (gradient[i] as number)) / length),
                [1, size, size, 3],
              ) as Tensor4D,
            ),
          ),
        ),
      )
    )[0] as number;
  const central = async (t: number): Promise<number> => ((await at(t)) - (await at(-t))) / (2 * t);
  const slope = (4 * (await central(step / 2)) - (await central(step))) / 3;
  return Math.abs(slope - length) / length;
}

async function openLayout(vision: string): Promise<ClipModel> {
  const file = await openFile(vision);
  return loadClip({ kind: 'files', files: [{ name: 'vision_model.onnx', file }] }, folderIo(tmpdir()), () => {});
}

/** Forward, and forward with the gradient by pixels, each a captured step on a batch. */
function contenders(twin: ImageTwin, batch: number): { forward: Step<'pixels'>; both: Step<'pixels'> } {
  const shape = [batch, twin.imageSize, twin.imageSize, 3];
  const forward = compileStep({
    name: 'clip forward',
    inputs: { pixels: { shape } },
    body: ({ pixels }) => ({ value: sum(square(twin.encode(pixels as Tensor4D))) }),
  });
  const both = compileStep({
    name: 'clip gradient',
    inputs: { pixels: { shape } },
    body: ({ pixels }) => ({
      value: sum(square(grad((p: Tensor) => sum(square(twin.encode(p as Tensor4D))))(pixels))),
    }),
  });
  return { forward, both };
}

async function timesOf(
  engine: Engine,
  twin: ImageTwin,
  batch: number,
  count: number,
): Promise<{ ratio: number; dispatches: { forward: number; both: number }; labels: Record<string, number> }> {
  const { forward, both } = contenders(twin, batch);
  const pixels = wavePictures(batch, twin.imageSize);
  const run = (step: Step<'pixels'>) => async (): Promise<void> => {
    step.run({ pixels });
    await engine.settle();
  };
  const times = await interleaved({ forward: run(forward), both: run(both) }, count);
  const found = {
    ratio: median(times.both.map((time, i) => time / (times.forward[i] as number))),
    dispatches: { forward: forward.info?.dispatches ?? NaN, both: both.info?.dispatches ?? NaN },
    labels: { ...both.info?.labels },
  };
  forward.dispose();
  both.dispose();
  return found;
}

/** The folder with the full-size model; made first where it is not there. */
function fullSizeFolder(): string {
  const folder = process.env['CLIP_B32'] ?? join(tmpdir(), 'lcp-gan-studio-vit-b32');
  if (existsSync(join(folder, 'vision_expected.json'))) return folder;
  mkdirSync(folder, { recursive: true });
  console.log(`making a full-size ViT-B/32 in ${folder}`);
  execFileSync(process.env['PYTHON'] ?? '/usr/bin/python3', [join(testing, 'makeFullSize.py'), folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return folder;
}

export const run: Bench = async ({ long }) => {
  const context = await acquireDevice(installNodeGpu());
  const meter = meterDevice(context.device);
  const engine = await createEngine(context);
  engine.onError((error) => {
    console.error(error);
    process.exit(1);
  });
  const folder = long ? fullSizeFolder() : join(testing, 'towers/openai');
  const torchModel = await openLayout(join(folder, 'vision_model.onnx'));
  const expected = JSON.parse(
    readFileSync(join(folder, long ? 'vision_expected.json' : 'expected.json'), 'utf8'),
  ) as Expected;
  const model = long
    ? torchModel
    : await loadClip(
        { kind: 'manifest', id: 'clip-nano' },
        folderIo(fileURLToPath(new URL('../models/', import.meta.url))),
        () => {},
      );
  const torchTwin = await imageTwin(torchModel);
  const gradErrorTorch = await errorAgainstTorch(torchTwin, long ? 1 : 2, expected);
  const twin = long ? torchTwin : await imageTwin(model);
  const text = model.text ? await textTwin(model) : null;
  const frozen = await openFrozenClip(model);
  const agreement = await checkTwin(model, frozen, { image: twin, text });
  await frozen.close();
  const gradErrorDifferences = await errorAgainstDifferences(twin, long ? 0.2 : 0.04);
  const batch = long ? 2 : 8;
  const { ratio, dispatches, labels } = await timesOf(engine, twin, batch, long ? 5 : rounds);
  const cosine = Math.min(agreement.image, agreement.text ?? 1);
  console.log(
    `${model.name}: cosine with onnxruntime ${cosine.toFixed(7)} (pictures ${agreement.image.toFixed(7)}, texts ${agreement.text?.toFixed(7) ?? 'none'})`,
  );
  console.log(
    `gradient by pixels: off by ${gradErrorTorch.toExponential(1)} from PyTorch's, by ${gradErrorDifferences.toExponential(1)} from central differences`,
  );
  console.log(
    `forward and gradient over forward: ${ratio.toFixed(2)} (batch ${batch}, ${dispatches.forward} and ${dispatches.both} dispatches)`,
  );
  console.log(`peak GPU memory ${(meter.bytes.peak / 1e6).toFixed(1)} MB`);
  console.log(
    Object.entries(labels)
      .toSorted(([, a], [, b]) => b - a)
      .map(([label, count]) => `${label} ${count}`)
      .join(', '),
  );
  const { vendor, description } = context.adapter;
  const figures = {
    adapter: `${vendor} ${description}`.trim(),
    model: long ? 'ViT-B/32, random weights' : model.name,
    cosine: Number(cosine.toFixed(8)),
    gradError: rounded(Math.max(gradErrorTorch, gradErrorDifferences)),
    backwardOverForward: rounded(ratio),
    batch,
    dispatches,
    peakBytes: meter.bytes.peak,
  };
  for (const made of [text, twin, ...(long ? [] : [torchTwin])]) made?.dispose();
  engine.dispose();
  return figures;
};
