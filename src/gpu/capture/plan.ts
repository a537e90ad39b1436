/**
 * A training step, written once in tensor operations, captured on its first run and replayed from then on: no tensor
 * library, no allocation, no bind groups, one submit. Replaying gives the bits that running the body eagerly gives.
 *
 * The body is a function of its inputs and of tensors that outlive it (parameters, optimizer state, the data set). It
 * changes those in place (`Adam.apply`, `Ema.update`, `assignInPlace`, in-place dispatches) and returns scalars to be
 * read as statistics. It runs once, so everything that varies from step to step must be one of `inputs` (or live on the
 * GPU): a number that it takes from JavaScript is frozen.
 *
 * Any number of steps may be alive, interleaved with each other and with eager work. Dispose steps before the
 * parameters they use.
 */
import { engine as tfEngine, keep, tidy, type DataType, type Tensor } from '@tensorflow/tfjs-core';
import { watchAllocation } from '../device/allocation';
import { autotunerOf } from '../autotune/autotuner';
import { byteLength, type StudioBackend } from '../backend';
import type { Command } from './commands';
import { withoutDeadCode } from './deadCode';
import { fuse } from './fusion';
import { makePlan } from './makePlan';
import { defaultSubmitMilliseconds, Pacer } from './pacer';
import type { Replay, ReplayInfo } from './replay';
import { StatsReader } from './statsReader';
import { StepTracer } from './tracer';
import { currentBackend } from '../current';
import { captureFailed } from '../device/gpuErrors';

export interface InputSpec {
  shape: readonly number[];
  /** Default float32. */
  dtype?: 'float32' | 'int32';
}

export type InputValues<Key extends string> = Record<Key, Float32Array | Int32Array>;

export interface StepSpec<Key extends string> {
  /** For messages. */
  name: string;
  inputs: Record<Key, InputSpec>;
  /** Returns scalars by name; they need not be freshly made. */
  body: (inputs: Record<Key, Tensor>) => Record<string, Tensor>;
  /**
   * Run the body every time instead of capturing it: the same results, for tests and for bodies that cannot be
   * captured. Default false.
   */
  eager?: boolean;
  /** Milliseconds of GPU time above which a run is cut into several submits; default 500, Infinity for always one. */
  submitMilliseconds?: number;
}

export interface Step<Key extends string> {
  readonly name: string;
  /** Sizes of the captured plan; null before the capture and for eager steps. */
  readonly info: ReplayInfo | null;
  /**
   * Captures now instead of at the first run; the step itself is not run.
   * @throws StudioError capture-failed; whatever the body throws
   */
  compile(): void;
  /**
   * Like `compile`, with all kernels compiled in the background and in parallel, so that neither the page nor the
   * worker stands still.
   * @param onProgress kernels compiled so far, and how many there are
   * @throws OutOfMemory; StudioError capture-failed; whatever the body throws
   */
  prepare(onProgress?: (done: number, total: number) => void): Promise<void>;
  /**
   * Queues one step with these inputs and returns. Wait for `readStats` now and then, or the queue grows without end.
   */
  run(values: InputValues<Key>): void;
  /** The statistics of the latest run. One small read-back. @throws StudioError device-lost */
  readStats(): Promise<Record<string, number>>;
  dispose(): void;
}

const inputAlignment = 256;

/** The inputs: persistent tensors in one buffer, written together. */
class InputBlock<Key extends string> {
  readonly tensors: Record<Key, Tensor>;
  private readonly buffer: GPUBuffer;
  private readonly staging: Uint8Array<ArrayBuffer>;
  private readonly offsets = new Map<Key, number>();

  constructor(
    private readonly backend: StudioBackend,
    private readonly specs: Record<Key, InputSpec>,
  ) {
    let size = 0;
    for (const key of this.keys()) {
      this.offsets.set(key, size);
      size += Math.ceil(byteLength(specs[key].shape) / inputAlignment) * inputAlignment;
    }
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    this.buffer = backend.device.createBuffer({ label: 'plan inputs', size: Math.max(size, inputAlignment), usage });
    this.staging = new Uint8Array(size);
    this.tensors = Object.fromEntries(this.keys().map((key) => [key, this.tensor(key)])) as Record<Key, Tensor>;
  }

  private keys(): Key[] {
    return Object.keys(this.specs) as Key[];
  }

  private tensor(key: Key): Tensor {
    const { shape, dtype = 'float32' } = this.specs[key];
    const info = this.backend.makeTensorInfo([...shape], dtype as DataType);
    this.backend.bindView(info.dataId, this.buffer, this.offsets.get(key) ?? 0);
    return keep(tfEngine().makeTensorFromTensorInfo(info));
  }

  /** Work recorded before must have been submitted. */
  write(values: InputValues<Key>): void {
    for (const key of this.keys()) {
      const { shape, dtype = 'float32' } = this.specs[key];
      const given = values[key];
      const expected = dtype === 'int32' ? Int32Array : Float32Array;
      if (!(given instanceof expected) || given.byteLength !== byteLength(shape)) {
        throw new TypeError(
          `input "${key}" is ${dtype} [${shape.join()}], given: ${given?.constructor.name} of ${given?.length}`,
        );
      }
      this.staging.set(new Uint8Array(given.buffer, given.byteOffset, given.byteLength), this.offsets.get(key) ?? 0);
    }
    if (this.staging.length > 0) this.backend.queue.writeBuffer(this.buffer, 0, this.staging);
  }

  dispose(): void {
    for (const key of this.keys()) this.tensors[key].dispose();
    this.buffer.destroy();
  }
}

class CompiledStep<Key extends string> implements Step<Key> {
  readonly name: string;
  private readonly backend = currentBackend();
  private readonly inputs: InputBlock<Key>;
  private readonly stats: StatsReader;
  private replay: Replay | null = null;
  private readonly pacer: Pacer;
  private tracer: StepTracer | null = null;
  private traced: Command[] | null = null;
  private disposed = false;

  constructor(private readonly spec: StepSpec<Key>) {
    this.name = spec.name;
    this.inputs = new InputBlock(this.backend, spec.inputs);
    this.stats = new StatsReader(this.backend);
    this.pacer = new Pacer(this.backend.queue, spec.submitMilliseconds ?? defaultSubmitMilliseconds);
  }

  get info(): ReplayInfo | null {
    return this.replay?.info ?? null;
  }

  /** One execution of the body, eager or traced. */
  private execute(): void {
    tidy(() => {
      const named = this.spec.body(this.inputs.tensors);
      this.stats.store(named);
    });
  }

  /** The step's commands; traces the body the first time. */
  private capture(): Command[] {
    if (this.traced) return this.traced;
    const { backend } = this;
    if (backend.tracer) throw captureFailed(this.name, 'It is compiled inside the body of another step.');
    backend.flush();
    const tracer = new StepTracer(backend, this.name);
    this.trace(tracer);
    backend.flush(); // uploads of tensors that the body met for the first time
    this.traced = fuse(backend.device, withoutDeadCode(tracer.commands.splice(0)));
    return this.traced;
  }

  compile(): void {
    if (this.replay || this.spec.eager) return;
    this.replay = makePlan(this.backend.device, this.capture());
    this.pacer.expect(this.replay.expectedMilliseconds);
    this.traced = null;
  }

  /** Gives up what was traced, so that the body is traced again. */
  private forget(): void {
    this.tracer?.release();
    this.tracer = null;
    this.traced = null;
  }

  async prepare(onProgress?: (done: number, total: number) => void): Promise<void> {
    if (this.replay || this.spec.eager) return;
    // What is chosen now is traced again.
    if (await autotunerOf(this.backend.device)?.tune(() => this.capture())) this.forget();
    const pipelines = new Set(
      this.capture().flatMap((command) => (command.kind === 'dispatch' ? [command.pipeline] : [])),
    );
    let done = 0;
    const compiled = [...pipelines].map(async (pipeline) => {
      await pipeline.ready(this.backend.device);
      onProgress?.(++done, pipelines.size);
    });
    await Promise.all(compiled);
    if (this.disposed) return;
    const bytes = (): number => (this.info ? this.info.virtualBytes + this.info.constantBytes : 0);
    await watchAllocation(this.backend.device, 'training step', () => this.compile(), bytes).allocated;
  }

  private trace(tracer: StepTracer): void {
    const { backend } = this;
    backend.tracer = tracer;
    const unwatch = tracer.watchOperations();
    let thrown: unknown = null;
    try {
      this.execute();
    } catch (error) {
      thrown = error;
    } finally {
      unwatch();
      backend.tracer = null;
    }
    const failure = tracer.finish() ?? thrown;
    if (failure) {
      tracer.release();
      throw failure;
    }
    this.tracer = tracer;
  }

  run(values: InputValues<Key>): void {
    this.compile();
    this.backend.flush();
    this.inputs.write(values);
    if (this.replay) {
      const start = performance.now();
      this.backend.counters.submits += this.replay.run(this.pacer.parts);
      this.pacer.submitted(start);
      this.backend.counters.dispatches += this.replay.info.dispatches;
      return;
    }
    this.execute();
  }

  readStats(): Promise<Record<string, number>> {
    return this.stats.read();
  }

  dispose(): void {
    this.disposed = true;
    this.backend.flush();
    this.replay?.dispose();
    this.tracer?.release();
    this.inputs.dispose();
    this.stats.dispose();
  }
}

/** Declares a step; it is captured by `compile()` or its first `run`. */
export function compileStep<Key extends string>(spec: StepSpec<Key>): Step<Key> {
  return new CompiledStep(spec);
}
