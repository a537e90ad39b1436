/**
 * Records a step instead of running it: while a `StepTracer` is set on the backend, every operation hands its
 * dispatches here, and its outputs get virtual storage. Nothing reaches the GPU except uploads of tensors that existed
 * before.
 *
 * What a step may touch, and what becomes of it:
 * - tensors that exist already: bound as they are, and kept alive by the plan;
 * - tensors made from host values inside: constants of the plan;
 * - outputs of operations: virtual, gone at the end of the step. One that is kept beyond the end is refused, as is any
 *   read-back inside.
 */
import { engine as tfEngine } from '@tensorflow/tfjs-core';
import type {
  Access,
  Binding,
  ComputeCommand,
  CopyCommand,
  DataId,
  StudioBackend,
  TensorRecord,
  Tracer,
} from '../backend';
import { byteLength } from '../backend';
import { captureFailed } from '../device/gpuErrors';
import { callSite, stackHere } from './callSite';
import { Constant, External, Virtual, type Command, type Storage, type Use } from './commands';

/** Constants up to this size are shared by content. */
const sharedConstantBytes = 4096;

function bytesOf(record: TensorRecord): Uint8Array {
  const values = record.values as ArrayLike<number>;
  const array = record.dtype === 'float32' ? Float32Array.from(values) : Int32Array.from(values);
  return new Uint8Array(array.buffer);
}

/** What made a result, and the line that asked for it. */
function madeBy({ label, madeAt }: Virtual): string {
  const at = callSite(madeAt?.stack);
  return at ? `${label} (${at})` : label;
}

export class StepTracer implements Tracer {
  readonly commands: Command[] = [];
  /** Data of tensors from outside; each holds one reference until `release`. */
  private readonly held = new Set<DataId>();
  private readonly inside = new Set<DataId>();
  private readonly constants = new Map<string, Constant>();
  private failure: Error | null = null;
  private operation: string | null = null;

  constructor(
    private readonly backend: StudioBackend,
    private readonly step: string,
  ) {}

  /** Notes which operation of the tensor library is running, for messages. @returns the function that ends it */
  watchOperations(): () => void {
    const library = tfEngine();
    const { runKernel } = library;
    library.runKernel = (name, ...rest) => {
      const outer = this.operation;
      this.operation = name;
      try {
        return runKernel.call(library, name, ...rest) as never;
      } finally {
        this.operation = outer;
      }
    };
    return () => void Reflect.deleteProperty(library, 'runKernel');
  }

  created(dataId: DataId): void {
    this.inside.add(dataId);
  }

  materialise(dataId: DataId, record: TensorRecord): void {
    if (!this.inside.has(dataId)) this.backend.uploadNow(dataId);
    else if (record.values != null) record.resource = this.constant(bytesOf(record));
    else record.resource = new Virtual(byteLength(record.shape));
  }

  compute(command: ComputeCommand): void {
    const uses = command.bindings.map((binding) => this.use(binding, command.label));
    for (const { storage, access } of uses) {
      if (access === 'read' || !(storage instanceof Virtual) || storage.label !== '') continue;
      storage.label = this.operation ?? command.label;
      storage.madeAt = stackHere();
    }
    const { label, pipeline, layout, workgroups, operations, source } = command;
    this.commands.push({
      kind: 'dispatch',
      label,
      pipeline,
      layout,
      uses,
      workgroups,
      ...(operations === undefined ? {} : { operations }),
      ...(source ? { source } : {}),
    });
  }

  copy({ source, target }: CopyCommand): void {
    const from: Use = { storage: this.storageOf(source), access: 'read', uniform: false };
    const to: Use = { storage: this.writable(target), access: 'write', uniform: false };
    if (from.storage.size !== to.storage.size)
      this.refuse(`a copy of ${from.storage.size} bytes onto ${to.storage.size}`, source);
    const { storage } = from;
    // Within one buffer WebGPU allows no copy: go through bytes of our own.
    if (storage instanceof External && to.storage instanceof External && storage.buffer === to.storage.buffer) {
      const between = new Virtual(storage.size);
      this.commands.push({
        kind: 'copy',
        label: 'copy',
        uses: [from, { storage: between, access: 'write', uniform: false }],
      });
      this.commands.push({
        kind: 'copy',
        label: 'copy',
        uses: [{ storage: between, access: 'read', uniform: false }, to],
      });
      return;
    }
    this.commands.push({ kind: 'copy', label: 'copy', uses: [from, to] });
  }

  refuse(reason: string, dataId?: DataId): never {
    const resource = dataId && this.backend.tensorMap.has(dataId) ? this.backend.tensorMap.get(dataId).resource : null;
    const of =
      resource instanceof Virtual && resource.label !== '' ? ` It concerns the result of ${madeBy(resource)}.` : '';
    const { stack } = stackHere();
    const at = callSite(stack);
    this.failure ??= captureFailed(this.step, `${reason}${at ? ` at ${at}` : ''}.${of}`, stack);
    throw this.failure;
  }

  /**
   * To be called when the body has returned and its tidy has ended.
   * @returns why the step cannot be captured, or null
   */
  finish(): Error | null {
    for (const dataId of this.inside) {
      if (!this.backend.tensorMap.has(dataId)) continue;
      const record = this.backend.tensorMap.get(dataId);
      const { resource } = record;
      if (resource instanceof Virtual) {
        const reason = `A tensor of shape [${record.shape.join()}] made by ${madeBy(resource)} inside the step is kept beyond its end.`;
        this.failure ??= captureFailed(this.step, reason, resource.madeAt?.stack);
      }
      // A tensor of host values that was kept goes on as if it had never been bound.
      if (resource instanceof Virtual || resource instanceof Constant) record.resource = null;
    }
    return this.failure;
  }

  /** Gives up the references to tensors from outside. */
  release(): void {
    for (const dataId of this.held) if (this.backend.disposeData(dataId)) tfEngine().removeDataId(dataId, this.backend);
    this.held.clear();
  }

  private use(binding: Binding, label: string): Use {
    if ('constants' in binding) return { storage: this.constant(binding.constants), access: 'read', uniform: true };
    const { dataId, access } = binding;
    const storage = access === 'read' ? this.storageOf(dataId) : this.writable(dataId, label, access);
    return { storage, access, uniform: false };
  }

  private storageOf(dataId: DataId): Storage {
    this.backend.uploadToGPU(dataId);
    const record = this.backend.tensorMap.get(dataId);
    const { resource } = record;
    if (resource instanceof Virtual || resource instanceof Constant) return resource;
    if (!this.held.has(dataId)) {
      this.held.add(dataId);
      this.backend.incRef(dataId);
    }
    return new External(resource as GPUBuffer, record.offset ?? 0, byteLength(record.shape));
  }

  /** A constant that is written gets bytes of its own, set anew in every run. */
  private writable(dataId: DataId, label = 'copy', access: Access = 'write'): Storage {
    const storage = this.storageOf(dataId);
    if (!(storage instanceof Constant)) return storage;
    const own = new Virtual(storage.size);
    own.label = label;
    this.backend.tensorMap.get(dataId).resource = own;
    if (access === 'readWrite') {
      this.commands.push({
        kind: 'copy',
        label: 'copy',
        uses: [
          { storage, access: 'read', uniform: false },
          { storage: own, access: 'write', uniform: false },
        ],
      });
    }
    return own;
  }

  private constant(bytes: Uint8Array): Constant {
    if (bytes.byteLength > sharedConstantBytes) return new Constant(bytes);
    const key = String.fromCharCode(...bytes);
    let constant = this.constants.get(key);
    if (!constant) {
      constant = new Constant(bytes.slice());
      this.constants.set(key, constant);
    }
    return constant;
  }
}
