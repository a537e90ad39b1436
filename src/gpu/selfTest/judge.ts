/**
 * One kernel against its float64 twin on the device at hand: its values, and, where it has a gradient, the gradient's product with a random direction against
 * a central difference of the twin. Recorded as a plan, so that all kernels of many checks compile in parallel.
 */
import type { StudioBackend } from '../backend';
import { Recording } from '../capture/recording';
import { grads, keep, tensor, tidy, zeros, type Tensor } from '../tensor';
import { randomArray, relativeError, sizeOf } from '../testing/arrays';

export interface CheckInput {
  shape: readonly number[];
  /** Factor on values in (-1, 1), default 1. */
  scale?: number;
  /** Added after; default 0. */
  offset?: number;
}

export interface KernelCheck {
  /** In words: what a person may read in a message. */
  name: string;
  inputs: readonly CheckInput[];
  outputShape: readonly number[];
  op: (...inputs: Tensor[]) => Tensor;
  twin: (...inputs: Float64Array[]) => Float64Array;
  /** Also check the gradients; default true. */
  gradients?: boolean;
  /** Relative, of the values; default 2e-5. */
  tolerance?: number;
}

const gradientTolerance = 2e-3;
const difference = 1e-5;

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
const length = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

export class Judged {
  private readonly inputs: Float64Array[];
  private readonly weights: Float64Array;
  private readonly tensors: Tensor[];
  private readonly dy: Tensor;
  /** Where the plan leaves the value, then the gradients. */
  private readonly results: Tensor[];
  private recording: Recording | null = null;

  /** Records the kernel. A check whose recording throws is wrong. */
  constructor(
    private readonly backend: StudioBackend,
    private readonly check: KernelCheck,
  ) {
    const { inputs, outputShape, gradients = true } = check;
    this.inputs = inputs.map(({ shape, scale = 1, offset = 0 }, n) => randomArray(sizeOf(shape), 500 + n).map((value) => Math.fround(value * scale + offset)));
    this.weights = randomArray(sizeOf(outputShape), 600);
    const upload = (values: Float64Array, shape: readonly number[]): Tensor => keep(tensor(Float32Array.from(values), [...shape]));
    this.tensors = this.inputs.map((values, n) => upload(values, inputs[n]?.shape ?? []));
    this.dy = upload(this.weights, outputShape);
    this.results = [outputShape, ...(gradients ? inputs.map(({ shape }) => shape) : [])].map((shape) => keep(zeros([...shape] as [number])));
    try {
      this.recording = new Recording(backend, check.name, () => tidy(() => this.body()));
    } catch {
      this.recording = null;
    }
  }

  /** Runs what was recorded. @returns the error over what is tolerated: right up to 1, Infinity where the device refused */
  async error(): Promise<number> {
    const replay = await this.recording?.plan().catch(() => null);
    if (!replay) return Infinity;
    replay.run();
    const [values, ...gradients] = await Promise.all(this.results.map((result) => result.data()));
    const { twin, tolerance = 2e-5 } = this.check;
    const worst = [relativeError(values ?? [], twin(...this.inputs)) / tolerance, ...gradients.map((gradient, n) => this.gradientError(gradient, n))];
    return worst.some((one) => Number.isNaN(one)) ? Infinity : Math.max(...worst);
  }

  dispose(): void {
    this.recording?.dispose();
    for (const one of [...this.tensors, this.dy, ...this.results]) one.dispose();
  }

  private body(): void {
    const { op, gradients = true } = this.check;
    const store = (value: Tensor, at: number): void => {
      const target = this.results[at];
      if (target) this.backend.copy({ source: value.dataId, target: target.dataId });
    };
    store(op(...this.tensors), 0);
    if (gradients && this.tensors.length > 0) grads(op)(this.tensors, this.dy).forEach((gradient, n) => store(gradient, n + 1));
  }

  private gradientError(gradient: ArrayLike<number>, n: number): number {
    const direction = randomArray(gradient.length, 700 + n);
    const moved = (t: number): number => {
      const inputs = this.inputs.map((values, i) => (i === n ? values.map((value, j) => value + t * (direction[j] ?? NaN)) : values));
      return dot(this.check.twin(...inputs), this.weights);
    };
    const expected = (moved(difference) - moved(-difference)) / (2 * difference);
    const scale = length(gradient) * length(direction) + 1e-6;
    return Math.abs(dot(gradient, direction) - expected) / scale / gradientTolerance;
  }
}
