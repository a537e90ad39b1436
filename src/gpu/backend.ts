/**
 * Our WebGPU backend: the stock one with its command recording replaced. Three things differ.
 *
 * 1. Every dispatch, stock or ours, goes through `compute()`, and every copy through `copy()`. While a tracer is set
 *    they are handed to it instead of the GPU: that is how a step is captured (`capture/tracer.ts`).
 * 2. A tensor may be a view into a larger buffer (`offset`), so that all parameters of a network lie in one arena and
 *    one dispatch updates them.
 * 3. Reads never cache: a tensor that lives on the GPU is read from the GPU, because parameters change in place.
 */
import { util, type BackendValues, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import { StudioError } from '../shared/errors';
import { readFailure } from './device/gpuErrors';
import { derivedLayout, lazyDevice, type LazyPipeline } from './kernel/lazyPipeline';
import type { ProgramSource } from './kernel/programSource';
import { StockBackend, type DataId, type TensorRecord } from './stockBackend';
import { packUniforms, type UniformField } from './kernel/uniforms';

export type { DataId, TensorRecord };

export type Access = 'read' | 'write' | 'readWrite';

export interface TensorBinding {
  dataId: DataId;
  access: Access;
}

/** One binding of a dispatch, in binding order: a tensor, or bytes that never change (a uniform buffer). */
export type Binding = TensorBinding | { constants: Uint8Array };

export interface ComputeCommand {
  label: string;
  pipeline: LazyPipeline;
  /** Null: the one that the pipeline derived from its code. */
  layout: GPUBindGroupLayout | null;
  bindings: readonly Binding[];
  workgroups: readonly [number, number, number];
  /** Multiply-adds, where it is a heavy one. */
  operations?: number;
  /** The kernel as data, where it has that form. */
  source?: ProgramSource;
}

/** A copy of whole tensors' bytes; both have the same size. */
export interface CopyCommand {
  source: DataId;
  target: DataId;
}

/** Receives what would have gone to the GPU while a step is being captured. Methods may throw to end the capture. */
export interface Tracer {
  /** Data were created (by an operation's output or from host values). */
  created(dataId: DataId): void;
  /** Data are about to be bound for the first time: give the record a resource. */
  materialise(dataId: DataId, record: TensorRecord): void;
  compute(command: ComputeCommand): void;
  copy(command: CopyCommand): void;
  /** Something that cannot be replayed was asked for. */
  refuse(reason: string, dataId?: DataId): never;
}

/**
 * Dispatches recorded before an eager submit, as the stock backend does: short enough that buffers come back to the
 * pool soon.
 */
const eagerBatch = 15;

/** Bytes of a tensor's data. */
export function byteLength(shape: readonly number[]): number {
  return 4 * util.sizeFromShape([...shape]);
}

export class StudioBackend extends StockBackend {
  tracer: Tracer | null = null;
  /** Dispatches and submits since the start, for benches and tests. */
  readonly counters = { dispatches: 0, submits: 0 };
  private readonly gpu: GPUDevice;
  private readonly compiler: GPUDevice;

  constructor(device: GPUDevice, info?: GPUAdapterInfo) {
    super(device, info);
    this.gpu = device;
    this.compiler = lazyDevice(device);
  }

  /**
   * Sends everything recorded so far to the GPU. Must come before any `queue.writeBuffer` to a tensor's buffer: an
   * upload may only have been recorded.
   */
  flush(): void {
    this.endComputePassEncoder();
    if (this.commandEncoder) this.submitQueue();
  }

  override submitQueue(): void {
    this.counters.submits++;
    super.submitQueue();
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = super.write(values, shape, dtype);
    this.tracer?.created(dataId);
    return dataId;
  }

  override move(dataId: DataId, values: BackendValues, shape: number[], dtype: DataType, refCount: number): void {
    super.move(dataId, values, shape, dtype, refCount);
    this.tracer?.created(dataId);
  }

  override uploadToGPU(dataId: DataId): void {
    const record = this.tensorMap.get(dataId);
    if (record.resource != null) return;
    record.prepare?.();
    if (record.resource != null) return;
    if (this.tracer) this.tracer.materialise(dataId, record);
    else super.uploadToGPU(dataId);
  }

  /** The upload of the stock backend, also while tracing. */
  uploadNow(dataId: DataId): void {
    super.uploadToGPU(dataId);
  }

  /** The buffer and the range of bytes that hold a tensor; uploads it first where needed. */
  rangeOf(dataId: DataId): { buffer: GPUBuffer; offset: number; size: number } {
    this.uploadToGPU(dataId);
    const record = this.tensorMap.get(dataId);
    return { buffer: record.resource as GPUBuffer, offset: record.offset ?? 0, size: byteLength(record.shape) };
  }

  /**
   * Makes a range of a buffer that we own a tensor's memory. Bytes from `offset` on hold the tensor's 4-byte values.
   */
  bindView(dataId: DataId, buffer: GPUBuffer, offset: number): void {
    const record = this.tensorMap.get(dataId);
    record.resource = buffer;
    record.external = true;
    record.offset = offset;
  }

  /** Records one dispatch after everything recorded before it. */
  compute(command: ComputeCommand): void {
    if (this.tracer) {
      this.tracer.compute(command);
      return;
    }
    const entries = command.bindings.map((binding, index) => ({ binding: index, resource: this.resourceOf(binding) }));
    const pipeline = command.pipeline.now(this.device);
    const bindGroup = this.device.createBindGroup({ layout: command.layout ?? derivedLayout(pipeline), entries });
    this.ensureCommandEncoderReady();
    this.computePassEncoder ??= this.commandEncoder?.beginComputePass() ?? null;
    const pass = this.computePassEncoder;
    pass?.setPipeline(pipeline);
    pass?.setBindGroup(0, bindGroup);
    pass?.dispatchWorkgroups(...command.workgroups);
    this.counters.dispatches++;
    this.dispatchCountInPass++;
    if (this.dispatchCountInPass >= eagerBatch) this.flush();
  }

  /** Records a copy of one tensor's bytes over another's. */
  copy(command: CopyCommand): void {
    if (this.tracer) {
      this.tracer.copy(command);
      return;
    }
    const source = this.rangeOf(command.source);
    const target = this.rangeOf(command.target);
    if (source.buffer === target.buffer) {
      this.copyThroughPool(command);
      return;
    }
    this.commandQueueOwnedIds.add(command.source).add(command.target);
    this.endComputePassEncoder();
    this.ensureCommandEncoderReady();
    this.commandEncoder?.copyBufferToBuffer(source.buffer, source.offset, target.buffer, target.offset, source.size);
  }

  /** Within one buffer WebGPU allows no copy. */
  private copyThroughPool({ source, target }: CopyCommand): void {
    const { shape, dtype } = this.tensorMap.get(source);
    const between = this.makeTensorInfo(shape, dtype).dataId;
    this.copy({ source, target: between });
    this.copy({ source: between, target });
    this.disposeData(between);
  }

  /** Overwrites a tensor's bytes from the host, in order with everything recorded before. */
  writeData(dataId: DataId, data: Float32Array | Int32Array | Uint32Array): void {
    if (this.tracer) this.tracer.refuse('the host wrote into a tensor inside the step', dataId);
    const { buffer, offset, size } = this.rangeOf(dataId);
    if (data.byteLength !== size) throw new RangeError(`${data.byteLength} bytes given for a tensor of ${size}`);
    this.flush();
    this.queue.writeBuffer(buffer, offset, data as Float32Array<ArrayBuffer>);
  }

  private resourceOf(binding: Binding): GPUBufferBinding {
    if ('constants' in binding) {
      const buffer = this.bufferManager.acquireBuffer(
        binding.constants.byteLength,
        GPUBufferUsage.COPY_DST | GPUBufferUsage.UNIFORM,
      );
      this.queue.writeBuffer(buffer, 0, binding.constants as Uint8Array<ArrayBuffer>);
      this.uniformPendingDisposal.push(buffer);
      return { buffer };
    }
    const range = this.rangeOf(binding.dataId);
    this.commandQueueOwnedIds.add(binding.dataId); // keeps the buffer from being recycled before the submit
    return range;
  }

  /** Stock programs are compiled by the stock compiler, which is given a device that puts pipelines off. */
  override runWebGPUProgram(
    program: WebGPUProgram,
    inputs: TensorInfo[],
    dtype: DataType,
    uniforms?: UniformField[],
    output?: TensorInfo,
  ): TensorInfo {
    this.device = this.compiler;
    try {
      return super.runWebGPUProgram(program, inputs, dtype, uniforms, output);
    } finally {
      this.device = this.gpu;
    }
  }

  /** Stock programs arrive here: name, pipeline and uniforms are theirs, the recording is ours. */
  override recordAndSubmit(
    program: WebGPUProgram,
    output: TensorInfo,
    inputs: TensorInfo[],
    uniforms: UniformField[] = [],
  ): void {
    this.device = this.gpu; // the program is compiled
    if (program.pixelsOpType != null) throw new Error('pixel programs are not supported: pass pixels as tensors');
    const size = util.sizeFromShape(program.outputShape) / (program.outputComponent ?? 1);
    const fields: UniformField[] = [
      { type: 'float32', data: [NaN] },
      { type: 'float32', data: [Infinity] },
      ...[...inputs, output].flatMap(({ shape }): UniformField[] => [
        { type: 'int32', data: shape },
        { type: 'int32', data: util.computeStrides(shape) },
      ]),
      ...(program.size ? [{ type: 'int32', data: [size] }] : []),
      ...uniforms,
    ];
    this.compute({
      label: program.shaderKey.slice(0, 60),
      pipeline: program.pipeline as unknown as LazyPipeline,
      layout: null,
      bindings: [
        // Some programs add into an output that an earlier dispatch has filled.
        { dataId: output.dataId, access: program.atomic ? 'readWrite' : 'write' },
        ...inputs.map(({ dataId }): Binding => ({ dataId, access: 'read' })),
        { constants: packUniforms(fields) },
      ],
      workgroups: [program.dispatch[0], program.dispatch[1] ?? 1, program.dispatch[2] ?? 1],
    });
  }

  /** Reads a tensor's values from where they are: the GPU if they are there, else the host. */
  override async read(dataId: DataId): Promise<BackendValues> {
    const record = this.tensorMap.get(dataId);
    if (this.tracer) return this.refuseRead(this.tracer, dataId);
    if (record.resource == null) return record.values as BackendValues;
    const { buffer, offset, size } = this.rangeOf(dataId);
    const bytes = await this.readRange(buffer, offset, size);
    return util.convertBackendValuesAndArrayBuffer(bytes, record.dtype);
  }

  /**
   * Bytes of a buffer, in order with everything recorded before. Offset and size are multiples of 4.
   * @throws StudioError device-lost
   */
  async readRange(buffer: GPUBuffer, offset: number, size: number): Promise<ArrayBuffer> {
    if (size === 0) return new ArrayBuffer(0);
    const staging = this.device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    this.endComputePassEncoder();
    this.ensureCommandEncoderReady();
    this.commandEncoder?.copyBufferToBuffer(buffer, offset, staging, 0, size);
    this.submitQueue();
    try {
      await staging.mapAsync(GPUMapMode.READ);
      return staging.getMappedRange().slice(0);
    } catch (error) {
      throw await readFailure(this.device, error);
    } finally {
      staging.destroy();
    }
  }

  private refuseRead(tracer: Tracer, dataId: DataId): Promise<BackendValues> {
    try {
      tracer.refuse('its body reads a tensor back to the host (data())', dataId);
    } catch {
      // The tracer remembers the reason and fails the capture when the body returns; a rejection here would go
      // unhandled.
    }
    return new Promise(() => {});
  }

  override readSync(dataId: object): BackendValues {
    const record = this.tensorMap.get(dataId);
    if (this.tracer) this.tracer.refuse('an operation in its body reads a tensor synchronously', dataId);
    if (record.resource == null && record.values != null) return record.values;
    throw new StudioError({
      code: 'internal',
      what: 'A tensor was read synchronously.',
      why: 'Synchronous reads kill the WebGPU device in some browsers.',
      action: 'This is a fault in the program: use await data().',
    });
  }

  override createTensorFromGPUData(): never {
    throw new Error('not supported: use registerView');
  }
}
