/**
 * For machines with a GPU: what our engine reaches on it, beside PyTorch in the same run (bench/torch/gpu.py, where a
 * `python3` with CUDA is found; PYTHON names another): matrix product, convolution, bandwidth, cost of a captured
 * dispatch, BigGAN-CIFAR images a second, seconds of a thousand pictures with StyleGAN2-ADA at 128 px. Variants are autotuned first, as in a run.
 *
 * On software adapters the figures would say nothing, so it refuses; `--toy` runs everything there at toy sizes, to see
 * that it works.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Autotuner, productChoices } from '../src/gpu/autotune/autotuner';
import { biasAct } from '../src/gpu/biasAct/biasAct';
import { conv2d } from '../src/gpu/conv2d/conv2d';
import { acquireDevice } from '../src/gpu/device/device';
import { createEngine, type Engine } from '../src/gpu/engine';
import { matMul } from '../src/gpu/matmul/matmul';
import { compileStep } from '../src/gpu/capture/plan';
import { selfTest } from '../src/gpu/selfTest/selfTest';
import { add, grad, keep, ones, tidy, zeros, type Tensor, type Tensor4D } from '../src/gpu/tensor';
import { overrideTuning } from '../src/gpu/tuning';
import { installNodeGpu } from '../src/headless/nodeGpu';
import type { Bench } from './bench';
import { ganImagesPerSecond, styleSecondsPerKimg, type GanSize, type StyleSize } from './gpuTraining';
import { median, rounded } from './measure';

interface Sizes {
  matmul: number;
  /** Batch, side, channels. */
  conv: [number, number, number];
  elements: number;
  gan: GanSize;
  style: StyleSize;
  repeats: number;
}

const full: Sizes = {
  matmul: 4096,
  conv: [64, 32, 256],
  elements: 2 ** 26,
  gan: { batch: 50, width: 256, steps: 4 },
  // The public configuration `auto` at 128 px.
  style: { resolution: 128, batch: 32, base: 16_384, most: 512, latent: 512, every: 16, rounds: 3 },
  repeats: 20,
};
const toy: Sizes = {
  matmul: 128,
  conv: [2, 8, 16],
  elements: 2 ** 16,
  gan: { batch: 2, width: 8, steps: 2 },
  style: { resolution: 32, batch: 2, base: 128, most: 8, latent: 8, every: 2, rounds: 1 },
  repeats: 2,
};
const rounds = 7;

/** Median seconds of one run of `body`'s captured plan, from `repeats` in a row. */
async function seconds(engine: Engine, repeats: number, body: () => Tensor): Promise<number> {
  const { backend } = engine;
  const shape = tidy(() => body().shape);
  const kept = keep(zeros(shape as [number]));
  const step = compileStep({
    name: 'bench',
    inputs: {},
    body: () => {
      backend.copy({ source: body().dataId, target: kept.dataId });
      return {};
    },
  });
  await step.prepare();
  const times: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const start = performance.now();
    for (let i = 0; i < repeats; i++) step.run({});
    await engine.settle();
    if (round >= 0) times.push((performance.now() - start) / 1000 / repeats);
  }
  step.dispose();
  kept.dispose();
  return median(times);
}

async function products(
  engine: Engine,
  { matmul, conv: [batch, side, channels], repeats }: Sizes,
): Promise<Record<string, number>> {
  const [a, b] = [ones([matmul, matmul]), ones([matmul, matmul])];
  const [x, w] = [ones([batch, side, side, channels]) as Tensor4D, ones([3, 3, channels, channels]) as Tensor4D];
  const operations = 2 * batch * side ** 2 * 9 * channels ** 2;
  const tflops = async (count: number, body: () => Tensor): Promise<number> =>
    rounded(count / (await seconds(engine, repeats, body)) / 1e12);
  const found = {
    matmulTflops: await tflops(2 * matmul ** 3, () => matMul(a, b)),
    convForwardTflops: await tflops(operations, () => conv2d(x, w)),
    convGradientXTflops: await tflops(operations, () => grad((t: Tensor) => conv2d(t as Tensor4D, w))(x, x)),
    convGradientFilterTflops: await tflops(operations, () => grad((t: Tensor) => conv2d(x, t as Tensor4D))(w, x)),
  };
  for (const tensor of [a, b, x, w]) tensor.dispose();
  return found;
}

async function bandwidth(engine: Engine, { elements, repeats }: Sizes): Promise<Record<string, number>> {
  const [x, bias] = [ones([elements / 64, 64]), ones([64])];
  const perSecond = (time: number): number => rounded((8 * elements) / time / 1e9);
  const found = {
    copyGBs: perSecond(await copySeconds(engine, elements, repeats)),
    biasActGBs: perSecond(await seconds(engine, repeats, () => biasAct(x, bias, { activation: 'lrelu' }))),
  };
  for (const tensor of [x, bias]) tensor.dispose();
  return found;
}

async function copySeconds(engine: Engine, elements: number, repeats: number): Promise<number> {
  const { device, queue } = engine.backend;
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const [from, to] = [
    device.createBuffer({ size: 4 * elements, usage }),
    device.createBuffer({ size: 4 * elements, usage }),
  ];
  const times: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const encoder = device.createCommandEncoder();
    for (let i = 0; i < repeats; i++) encoder.copyBufferToBuffer(from, 0, to, 0, 4 * elements);
    const start = performance.now();
    queue.submit([encoder.finish()]);
    await queue.onSubmittedWorkDone();
    if (round >= 0) times.push((performance.now() - start) / 1000 / repeats);
  }
  from.destroy();
  to.destroy();
  return median(times);
}

/**
 * A chain of small additions, each waiting for the one before: what a dispatch costs when it has almost nothing to do.
 */
async function dispatchMicroseconds(engine: Engine, repeats: number): Promise<number> {
  const [x, w] = [ones([64, 64]), ones([64, 64])];
  const length = 200;
  const chain = (): Tensor => Array.from({ length }).reduce((y: Tensor) => matMul(y, w), x);
  const time = await seconds(engine, repeats, () => add(chain(), 0));
  for (const tensor of [x, w]) tensor.dispose();
  return rounded((1e6 * time) / length);
}

/** PyTorch's figures, or why there are none. */
function torch(sizes: Sizes): Record<string, unknown> | string {
  const script = fileURLToPath(new URL('torch/gpu.py', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.env.PYTHON ?? 'python3', [script, JSON.stringify(sizes)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  });
  if (status !== 0) return (stderr ?? '').trim().split('\n').at(-1) ?? 'python3 was not found';
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>;
}

function numbersOf(figures: unknown): Record<string, number> {
  return Object.fromEntries(
    Object.entries(figures ?? {}).flatMap(([name, value]) =>
      typeof value === 'number' ? [[name, rounded(value)]] : [],
    ),
  );
}

export const run: Bench = async ({ toy: small }) => {
  const engine = await createEngine(await acquireDevice(installNodeGpu({ calm: small })));
  const { vendor, architecture, description, isFallback, f16 } = engine.context.adapter;
  const adapter = [vendor, architecture, description].filter((part) => part !== '').join(' ');
  if (isFallback && !small) {
    console.log(
      `${adapter} is a software adapter: its figures would say nothing about GPUs. Run this on a machine with one (or with --toy, to see that it works).`,
    );
    return { adapter, refused: true };
  }
  const sizes = small ? toy : full;
  const report = await selfTest(engine, { milliseconds: 60_000 });
  const tuner = await Autotuner.open(engine.context, { milliseconds: small ? 0 : 60_000, onSoftware: small });
  const ours = {
    ...(await products(engine, sizes)),
    ...(await bandwidth(engine, sizes)),
    dispatchMicroseconds: await dispatchMicroseconds(engine, sizes.repeats),
    ganImagesPerSecond: await ganImagesPerSecond(sizes.gan, Math.max(1, Math.round(sizes.repeats / 4)), rounds),
    styleSecondsPerKimg: await styleSecondsPerKimg(sizes.style),
  };
  overrideTuning({ precision: 'f16' });
  const mixed = f16 ? await products(engine, sizes) : null;
  overrideTuning({});
  const theirs = torch(sizes);
  const rows =
    typeof theirs === 'string' ? {} : { PyTorch: numbersOf(theirs), 'PyTorch, bfloat16': numbersOf(theirs.mixed) };
  console.table({ ours, ...(mixed ? { 'ours, f16': mixed } : {}), ...rows });
  if (typeof theirs === 'string') console.log(`No PyTorch beside it: ${theirs}`);
  const figures = {
    adapter,
    ours,
    mixed,
    torch: theirs,
    selfTest: report.findings,
    tuned: tuner?.counts ?? null,
    choices: productChoices(),
  };
  engine.dispose();
  return figures;
};
