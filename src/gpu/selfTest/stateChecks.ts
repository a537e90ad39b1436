/**
 * Checks of what works on memory that outlives a step: the pictures on the GPU, spectral norm, the optimizer with its
 * search for values that are not finite, the moving average; and of random numbers, which need no memory because they
 * come from counters.
 */
import { CounterRandom } from '../../shared/rng';
import { Adam, Ema, flatView } from '../adam/adam';
import { adamReference, adamStepReference } from '../adam/adam.ref';
import { currentBackend } from '../current';
import { GpuDataset } from '../dataset/dataset';
import { assignInPlace, ParameterSet } from '../parameter';
import { randomNormal, randomUniform } from '../random/random';
import { SpectralArena } from '../spectralNorm/spectralArena';
import { normalizedRef, powerIterationRef } from '../spectralNorm/spectralNorm.ref';
import { clone, customGrad, scalar, tensor, tensor1d, type Tensor } from '../tensor';
import { randomArray, sizeOf } from '../testing/arrays';
import { inputValues, type CheckInput, type KernelCheck, type Opened } from './judge';

const [seed, stream, step, drawn] = [5, 6, 7, 71];

function drawsOf(of: (random: CounterRandom) => number): Float64Array {
  const random = new CounterRandom(seed, stream, step);
  return Float64Array.from({ length: drawn }, () => of(random));
}

export const normalCheck: KernelCheck = {
  name: 'random numbers',
  inputs: [],
  outputs: [{ shape: [drawn] }],
  op: () => randomNormal([drawn], { seed, stream, step: scalar(step, 'int32') }),
  reference: () => drawsOf((random) => random.normal()),
  gradients: false,
};

export const uniformCheck: KernelCheck = {
  name: 'uniform random numbers',
  inputs: [],
  outputs: [{ shape: [drawn] }],
  op: () => randomUniform([drawn], { seed, stream, step: scalar(step, 'int32') }),
  reference: () => drawsOf((random) => random.uniform()),
  gradients: false,
  tolerance: 1e-9, // the same bits
};

const pictures = { count: 5, height: 3, width: 5 };
const pictureBytes = 3 * pictures.height * pictures.width;
const bytes = Uint8Array.from(randomArray(pictures.count * pictureBytes, 11), (value) => Math.floor((value + 1) * 128));
/** The last number is beyond the data set, and stands for its last picture. */
const indices = [4, 0, 2, 2, 9];
const flips = [0, 1, 1, 0, 1];

/** Rows are no whole words; two buffers hold the pictures. */
export const gatherCheck: KernelCheck = {
  name: 'reading of pictures',
  inputs: [],
  outputs: [{ shape: [indices.length, pictures.height, pictures.width, 3] }],
  open: () => {
    const dataset = new GpuDataset({ ...pictures, shardBytes: 3 * (pictureBytes + 3) });
    dataset.set(0, bytes);
    return { op: () => dataset.gather(tensor1d(indices, 'int32'), tensor1d(flips)), dispose: () => dataset.dispose() };
  },
  reference: () =>
    Float64Array.from({ length: indices.length * pictureBytes }, (_, i) => {
      const [c, column, row, n] = [
        i % 3,
        Math.floor(i / 3) % pictures.width,
        Math.floor(i / 3 / pictures.width) % pictures.height,
        Math.floor(i / pictureBytes),
      ];
      const picture = Math.min(indices[n] ?? NaN, pictures.count - 1);
      const source = flips[n] === 1 ? pictures.width - 1 - column : column;
      return (bytes[((picture * pictures.height + row) * pictures.width + source) * 3 + c] ?? NaN) / 127.5 - 1;
    }),
  gradients: false,
};

/** A weight with fewer columns than threads share, one with more of both sides, and a parameter that is left alone. */
const weights = [
  { name: 'narrow', shape: [2, 3, 5], divided: true },
  { name: 'bias', shape: [7], divided: false },
  { name: 'wide', shape: [70, 66], divided: true },
] as const;
const weightInputs: readonly CheckInput[] = weights.map(({ shape }) => ({ shape }));
/** Parameters lie at multiples of 64 elements. */
const places = weights.map(({ shape }) => Math.ceil(sizeOf(shape) / 64) * 64);
const arenaSize = places.reduce((a, b) => a + b, 0);
const starts = weights.map(({ shape }, n) =>
  Float32Array.from(randomArray(shape.at(-1) ?? 1, 20 + n), (value) => value + 0.5),
);

/** The set's one piece as a flat tensor. */
function arenaOf(set: ParameterSet): Tensor {
  const [segment] = set.segments;
  if (!segment) throw new RangeError(`${set.name} is empty`);
  return flatView(segment);
}

function openSpectral(update: boolean): Opened {
  const raw = new ParameterSet('self-test');
  for (const { name, shape } of weights) raw.add(name, shape, null);
  const arena = new SpectralArena(
    raw,
    new Map(
      weights.flatMap(({ name, divided }, n) => (divided ? [[name, starts[n] ?? new Float32Array()] as const] : [])),
    ),
  );
  const gradients = raw.sibling('self-test.gradients', 'zero');
  const [effective, arriving] = [arenaOf(arena.effective), arenaOf(gradients)];
  // As in a step: gradients with respect to what was divided become gradients with respect to the parameters, in place.
  const op = customGrad((...inputs) => {
    weights.forEach(({ name }, n) => assignInPlace(raw.get(name), inputs[n] as Tensor));
    arena.normalize(update);
    const gradFunc = (dy: Tensor): Tensor[] => {
      currentBackend().copy({ source: dy.dataId, target: arriving.dataId });
      arena.toRaw([arriving]);
      return weights.map(({ name }) => clone(gradients.get(name).variable));
    };
    return { value: clone(effective), gradFunc };
  });
  const dispose = (): void => {
    for (const view of [effective, arriving]) view.dispose();
    for (const owner of [arena, gradients, raw]) owner.dispose();
  };
  return { op, dispose };
}

function spectralCheck(update: boolean): KernelCheck {
  // Gradients take the singular vectors as constants: those at the check's own inputs.
  const vectors = weightInputs.map((input, n) =>
    powerIterationRef(inputValues(input, n), Float64Array.from(starts[n] ?? []), update),
  );
  return {
    name: `spectral normalisation${update ? '' : ' with vectors held'}`,
    inputs: weightInputs,
    outputs: [{ shape: [arenaSize] }],
    open: () => openSpectral(update),
    reference: (...inputs) => {
      const all = new Float64Array(arenaSize);
      let at = 0;
      weights.forEach(({ divided }, n) => {
        const [weight, pair] = [inputs[n] ?? new Float64Array(), vectors[n]];
        all.set(divided && pair ? normalizedRef(weight, pair) : weight, at);
        at += places[n] ?? 0;
      });
      return all;
    },
  };
}

/** A step updates the vectors of the network that it trains and holds those of the other. */
export const spectralChecks: readonly KernelCheck[] = [spectralCheck(true), spectralCheck(false)];

const parameters = 70;
const options = { beta1: 0.5, beta2: 0.99, epsilon: 1e-8 };
const rate = 0.01;

/** With values that are not finite among them, which change nothing and are counted. */
const slopes = [801, 802].map((one) =>
  Float32Array.from(randomArray(parameters, one), (value, i) => (i === one - 780 ? NaN : i === 69 ? -Infinity : value)),
);

/** A parameter with a gain learns as if the gain came after it. */
function optimizerOf(gain: number): KernelCheck {
  return {
    name: `optimizer${gain === 1 ? '' : ' with gains'}`,
    inputs: [{ shape: [parameters] }],
    outputs: [{ shape: [parameters] }, { shape: [], dtype: 'int32' }],
    open: () => {
      const set = new ParameterSet('self-test');
      const weight = set.add('w', [parameters], null);
      const adam = new Adam(set, options, gain === 1 ? undefined : new Map([['w', gain]]));
      const op = (start: Tensor): Tensor[] => {
        assignInPlace(weight, start);
        for (const slope of slopes) adam.apply([tensor(slope)], { rate });
        return [weight.variable, adam.nonFinite];
      };
      const dispose = (): void => {
        adam.dispose();
        set.dispose();
      };
      return { op, dispose };
    },
    reference: (start) => {
      const state = adamReference(Float32Array.from(start, (value) => value / gain));
      for (const slope of slopes)
        adamStepReference(
          state,
          slope.map((value) => value * gain),
          rate,
          options,
        );
      return [
        state.parameters.map((value) => value * gain),
        Float64Array.of(slopes.flatMap((slope) => [...slope]).filter((value) => !Number.isFinite(value)).length),
      ];
    },
    gradients: false,
  };
}

export const optimizerCheck = optimizerOf(1);
export const gainsCheck = optimizerOf(0.25);

const decay = 0.75;

export const averageCheck: KernelCheck = {
  name: 'moving average',
  inputs: [{ shape: [parameters] }, { shape: [parameters] }],
  outputs: [{ shape: [parameters] }],
  open: () => {
    const set = new ParameterSet('self-test');
    const weight = set.add('w', [parameters], null);
    const average = set.sibling('self-test.average', 'zero');
    const ema = new Ema(set, average);
    const averaged = average.get('w');
    const op = (now: Tensor, before: Tensor): Tensor => {
      assignInPlace(weight, now);
      assignInPlace(averaged, before);
      ema.update(scalar(decay));
      return averaged.variable;
    };
    const dispose = (): void => {
      for (const owner of [ema, average, set]) owner.dispose();
    };
    return { op, dispose };
  },
  reference: (now, before) => now.map((value, i) => decay * (before[i] ?? NaN) + (1 - decay) * value),
  gradients: false,
};
