/**
 * One kernel against its float64 reference on the device at hand: its values, and, where it has a gradient, the
 * gradient's product with a random direction against a central difference of the reference. Recorded as a plan, so that
 * all kernels of many checks compile in parallel.
 */
import type { StudioBackend } from '../backend';
import { Recording } from '../capture/recording';
import { keep, tensor, tidy, valueAndGrads, zeros, type Tensor } from '../tensor';
import { randomArray, relativeError, sizeOf } from '../testing/arrays';
import { JoinedRecording } from './joinedRecording';

export interface CheckInput {
  shape: readonly number[];
  /** Factor on values in (-1, 1), default 1. */
  scale?: number;
  /** Added after; default 0. */
  offset?: number;
}

export interface CheckOutput {
  shape: readonly number[];
  /** Default float32. */
  dtype?: 'int32';
}

/** Called once; results may be memory that it has changed in place. */
export type CheckedOp = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** What works on memory of its own: made before the operation is recorded, and freed when it has run. */
export interface Opened {
  op: CheckedOp;
  dispose: () => void;
}

export type KernelCheck = {
  /** In words: what a person may read in a message. */
  name: string;
  inputs: readonly CheckInput[];
  /** One for each result. */
  outputs: readonly CheckOutput[];
  /** One array for each result. */
  reference: (...inputs: Float64Array[]) => Float64Array | readonly Float64Array[];
  /** Also check the gradients, of the one result there must be; default true. */
  gradients?: boolean;
  /** Relative, of the values; default 2e-5. */
  tolerance?: number;
  /** Run as part of a training step is, its kernels joined; default false. */
  joined?: boolean;
} & ({ op: CheckedOp } | { open: () => Opened });

const gradientTolerance = 5e-4;
const difference = 1e-5;

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
const length = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));
const listOf = <T extends object>(one: T | readonly T[]): readonly T[] =>
  Array.isArray(one) ? (one as readonly T[]) : [one as T];
const arraysOf = (result: Float64Array | readonly Float64Array[]): readonly Float64Array[] =>
  listOf<Float64Array>(result);

/** Exact in float16 too: products that round their operands to it are held to what all others are. */
const numbers = (size: number, seed: number): Float64Array =>
  randomArray(size, seed).map((value) => Math.round(value * 512) / 512);

/** What input `n` of a check holds, exact in float32. */
export function inputValues({ shape, scale = 1, offset = 0 }: CheckInput, n: number): Float64Array {
  return numbers(sizeOf(shape), 500 + n).map((value) => Math.fround(value * scale + offset));
}

export class Judged {
  private readonly inputs: Float64Array[];
  private readonly weights: Float64Array;
  private readonly tensors: Tensor[];
  private readonly dy: Tensor;
  /** Where the plan leaves the values, then the gradients. */
  private readonly results: Tensor[];
  private opened: Opened | null = null;
  private recording: Recording | JoinedRecording | null = null;

  /** Records the kernel. A check whose recording throws is wrong. */
  constructor(
    private readonly backend: StudioBackend,
    private readonly check: KernelCheck,
  ) {
    const { name, inputs, outputs, gradients = true, joined = false } = check;
    const [first] = outputs;
    this.inputs = inputs.map(inputValues);
    this.weights = numbers(sizeOf(first?.shape ?? []), 600);
    const upload = (values: Float64Array, shape: readonly number[]): Tensor =>
      keep(tensor(Float32Array.from(values), [...shape]));
    this.tensors = this.inputs.map((values, n) => upload(values, inputs[n]?.shape ?? []));
    this.dy = upload(this.weights, first?.shape ?? []);
    const places: readonly CheckOutput[] = gradients
      ? [...outputs, ...inputs.map(({ shape }) => ({ shape }))]
      : outputs;
    this.results = places.map(({ shape, dtype }) => keep(zeros([...shape] as [number], dtype)));
    try {
      const opened = 'open' in check ? check.open() : { op: check.op, dispose: (): void => undefined };
      this.opened = opened;
      const body = (): void => this.body(opened.op);
      this.recording = joined
        ? new JoinedRecording(backend.device, name, body)
        : new Recording(backend, name, () => tidy(body));
    } catch {
      this.recording = null;
    }
  }

  /**
   * Runs what was recorded.
   * @returns the error over what is tolerated: right up to 1, Infinity where the device refused
   */
  async error(): Promise<number> {
    const replay = await this.recording?.plan().catch(() => null);
    if (!replay) return Infinity;
    replay.run();
    const found = await Promise.all(this.results.map((result) => result.data()));
    const { outputs, reference, tolerance = 2e-5 } = this.check;
    const expected = arraysOf(reference(...this.inputs));
    const values = found
      .slice(0, outputs.length)
      .map((value, n) => relativeError(value, expected[n] ?? []) / tolerance);
    const worst = [...values, ...found.slice(outputs.length).map((gradient, n) => this.gradientError(gradient, n))];
    return worst.some((one) => Number.isNaN(one)) ? Infinity : Math.max(...worst);
  }

  dispose(): void {
    this.recording?.dispose();
    this.opened?.dispose();
    for (const one of [...this.tensors, this.dy, ...this.results]) one.dispose();
  }

  private body(op: CheckedOp): void {
    const { outputs, gradients = true } = this.check;
    const store = (value: Tensor, at: number): void => {
      const target = this.results[at];
      if (target) this.backend.copy({ source: value.dataId, target: target.dataId });
    };
    if (!gradients) {
      listOf<Tensor>(op(...this.tensors)).forEach(store);
      return;
    }
    const only = (...inputs: Tensor[]): Tensor => listOf<Tensor>(op(...inputs))[0] as Tensor;
    const { value, grads } = valueAndGrads(only)(this.tensors, this.dy);
    store(value, 0);
    grads.forEach((gradient, n) => store(gradient, outputs.length + n));
  }

  private gradientError(gradient: ArrayLike<number>, n: number): number {
    const direction = randomArray(gradient.length, 700 + n);
    const moved = (t: number): number => {
      const inputs = this.inputs.map((values, i) =>
        i === n ? values.map((value, j) => value + t * (direction[j] ?? NaN)) : values,
      );
      return dot(arraysOf(this.check.reference(...inputs))[0] ?? [], this.weights);
    };
    const expected = (moved(difference) - moved(-difference)) / (2 * difference);
    const scale = length(gradient) * length(direction) + 1e-6;
    return Math.abs(dot(gradient, direction) - expected) / scale / gradientTolerance;
  }
}
