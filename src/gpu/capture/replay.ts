/**
 * A captured step made ready to run again and again: memory assigned, constants uploaded, every bind group built. A run
 * only encodes: it creates no buffer, bind group or pipeline, and submits once.
 */
import { derivedLayout } from '../kernel/lazyPipeline';
import { checkBufferSize } from '../device/allocation';
import { expectedMilliseconds } from '../kernel/workload';
import { poolOf } from './bufferPool';
import { Constant, External, Virtual, type Command, type DispatchCommand, type Storage } from './commands';
import { cutByCost } from './cuts';
import { livesOf, planMemory } from './memoryPlan';

type Range = Required<GPUBufferBinding>;

interface Dispatch {
  pipeline: GPUComputePipeline;
  group: GPUBindGroup;
  workgroups: readonly [number, number, number];
}

interface Copy {
  from: Range;
  to: Range;
}

export interface ReplayInfo {
  dispatches: number;
  copies: number;
  /** Bytes of virtual storages, as planned, and if each had its own buffer. */
  virtualBytes: number;
  unsharedBytes: number;
  constantBytes: number;
  /** Dispatches by the label of their kernel. */
  labels: Record<string, number>;
}

const constantAlignment = 256;

/** All constants in one buffer, which is only ever read. */
function uploadConstants(
  device: GPUDevice,
  commands: readonly Command[],
): { buffer: GPUBuffer | null; offsets: Map<Constant, number>; size: number } {
  const offsets = new Map<Constant, number>();
  let size = 0;
  for (const { uses } of commands) {
    for (const { storage } of uses) {
      if (!(storage instanceof Constant) || offsets.has(storage)) continue;
      offsets.set(storage, size);
      size = Math.ceil((size + storage.size) / constantAlignment) * constantAlignment;
    }
  }
  if (size === 0) return { buffer: null, offsets, size };
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_SRC;
  const buffer = device.createBuffer({ label: 'plan constants', size, usage, mappedAtCreation: true });
  const bytes = new Uint8Array(buffer.getMappedRange());
  for (const [constant, offset] of offsets) bytes.set(constant.bytes, offset);
  buffer.unmap();
  return { buffer, offsets, size };
}

function countLabels(commands: readonly Command[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, label } of commands) if (kind === 'dispatch') counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

export class Replay {
  readonly info: ReplayInfo;
  private readonly entries: (Dispatch | Copy)[];
  private readonly shared: GPUBuffer[];
  private readonly constants: GPUBuffer | null;
  /** Milliseconds that each command is expected to take at most. */
  private readonly costs: number[];
  private cuts: { parts: number; ends: number[] } = { parts: 0, ends: [] };

  /** @param kept buffers to be destroyed with the plan */
  constructor(
    private readonly device: GPUDevice,
    commands: readonly Command[],
    private readonly kept: readonly GPUBuffer[] = [],
  ) {
    const lives = livesOf(commands);
    const { sizes, place } = planMemory(lives);
    checkBufferSize(
      device,
      'training step',
      sizes[0] ?? 0,
      sizes.reduce((a, b) => a + b, 0),
    );
    this.shared = poolOf(device).acquire(sizes);
    const constants = uploadConstants(device, commands);
    this.constants = constants.buffer;
    const rangeOf = (storage: Storage): Range => {
      if (storage instanceof External) return storage;
      if (storage instanceof Virtual)
        return { buffer: this.shared[place.get(storage) ?? -1] as GPUBuffer, offset: 0, size: storage.size };
      return {
        buffer: constants.buffer as GPUBuffer,
        offset: constants.offsets.get(storage) ?? -1,
        size: storage.size,
      };
    };
    this.entries = this.build(commands, rangeOf);
    this.costs = commands.map((command) => {
      const bytes = command.uses.reduce((sum, { storage }) => sum + storage.size, 0);
      return expectedMilliseconds(device, command.kind === 'dispatch' ? (command.operations ?? 0) : 0, bytes);
    });
    this.info = {
      dispatches: commands.filter(({ kind }) => kind === 'dispatch').length,
      copies: commands.filter(({ kind }) => kind === 'copy').length,
      virtualBytes: sizes.reduce((a, b) => a + b, 0),
      unsharedBytes: lives.reduce((sum, { storage }) => sum + storage.size, 0),
      constantBytes: constants.size + kept.reduce((sum, { size }) => sum + size, 0),
      labels: countLabels(commands),
    };
  }

  private build(commands: readonly Command[], rangeOf: (storage: Storage) => Range): (Dispatch | Copy)[] {
    return commands.map((command) => {
      if (command.kind === 'copy')
        return { from: rangeOf(command.uses[0].storage), to: rangeOf(command.uses[1].storage) };
      const pipeline = command.pipeline.now(this.device);
      return { pipeline, group: this.bindGroup(command, pipeline, rangeOf), workgroups: command.workgroups };
    });
  }

  private bindGroup(
    { label, layout, uses }: DispatchCommand,
    pipeline: GPUComputePipeline,
    rangeOf: (storage: Storage) => Range,
  ): GPUBindGroup {
    const entries = uses.map(({ storage }, binding) => {
      const { buffer, offset, size } = rangeOf(storage);
      return { binding, resource: { buffer, offset, size } };
    });
    return this.device.createBindGroup({ label, layout: layout ?? derivedLayout(pipeline), entries });
  }

  /** Milliseconds that a run is expected to take at most, before anything was measured. */
  get expectedMilliseconds(): number {
    return this.costs.reduce((a, b) => a + b, 0);
  }

  /**
   * Encodes and submits the whole step, in at most this many submits of about the same length.
   * @returns how many there were
   */
  run(parts = 1): number {
    if (this.cuts.parts !== parts) this.cuts = { parts, ends: cutByCost(this.costs, parts) };
    let start = 0;
    for (const end of this.cuts.ends) {
      const encoder = this.device.createCommandEncoder();
      this.encode(encoder, start, end);
      this.device.queue.submit([encoder.finish()]);
      start = end;
    }
    return this.cuts.ends.length;
  }

  /** Appends the step's commands, all or a range, to `encoder`. */
  encode(encoder: GPUCommandEncoder, start = 0, end = this.entries.length): void {
    let pass: GPUComputePassEncoder | null = null;
    let current: GPUComputePipeline | null = null;
    for (let i = start; i < end; i++) {
      const entry = this.entries[i];
      if (!entry) continue;
      if ('group' in entry) {
        pass ??= encoder.beginComputePass();
        if (current !== entry.pipeline) {
          pass.setPipeline(entry.pipeline);
          current = entry.pipeline;
        }
        pass.setBindGroup(0, entry.group);
        pass.dispatchWorkgroups(entry.workgroups[0], entry.workgroups[1], entry.workgroups[2]);
      } else {
        pass?.end();
        pass = null;
        current = null;
        encoder.copyBufferToBuffer(
          entry.from.buffer,
          entry.from.offset,
          entry.to.buffer,
          entry.to.offset,
          entry.from.size,
        );
      }
    }
    pass?.end();
  }

  dispose(): void {
    poolOf(this.device).release(this.shared);
    this.constants?.destroy();
    for (const buffer of this.kept) buffer.destroy();
  }
}
