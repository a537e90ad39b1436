/**
 * A captured step as data: commands in order, over storages. What a command computes is in its pipeline; the passes of
 * this folder only need to know which bytes it reads and writes.
 */
import type { Access } from '../backend';
import type { LazyPipeline } from '../kernel/lazyPipeline';
import type { ProgramSource } from '../kernel/programSource';

/** Bytes that exist only inside the step: written by one of its commands before they are read, worthless at its end. */
export class Virtual {
  /** The operation or else the kernel that wrote it first, for messages. */
  label = '';
  /** Where the body was when it did. */
  madeAt: Error | null = null;
  constructor(readonly size: number) {}
}

/** Bytes fixed at capture: host values and uniform blocks. */
export class Constant {
  constructor(readonly bytes: Uint8Array) {}

  get size(): number {
    return this.bytes.byteLength;
  }
}

/** Bytes that outlive the step: parameters, optimizer state, inputs, statistics, resident data. */
export class External {
  constructor(
    readonly buffer: GPUBuffer,
    readonly offset: number,
    readonly size: number,
  ) {}
}

export type Storage = Virtual | Constant | External;

export interface Use {
  storage: Storage;
  access: Access;
  /** True for a uniform binding (always a constant). */
  uniform: boolean;
}

export interface DispatchCommand {
  kind: 'dispatch';
  label: string;
  pipeline: LazyPipeline;
  /** Null: the pipeline's own. */
  layout: GPUBindGroupLayout | null;
  /** In binding order. */
  uses: Use[];
  workgroups: readonly [number, number, number];
  /** Multiply-adds, where it is a heavy one. */
  operations?: number;
  /** The kernel as data, where it has that form. */
  source?: ProgramSource;
}

export interface CopyBytesCommand {
  kind: 'copy';
  label: string;
  /** The source (read), then the target (write); equal sizes. */
  uses: [Use, Use];
}

export type Command = DispatchCommand | CopyBytesCommand;

/** Do two storages share bytes? */
export function overlap(a: Storage, b: Storage): boolean {
  if (a === b) return true;
  return (
    a instanceof External &&
    b instanceof External &&
    a.buffer === b.buffer &&
    a.offset < b.offset + b.size &&
    b.offset < a.offset + a.size
  );
}

export const reads = (use: Use): boolean => use.access !== 'write';
export const writes = (use: Use): boolean => use.access !== 'read';
