/**
 * How long work will take, roughly and rather too long than too short: operating systems reset a GPU that is busy with
 * one submit for about two seconds, so a step is cut into submits, and a single huge product into several dispatches,
 * by these estimates. Measured throughput (from autotuning) takes the place of the bound.
 */
import { currentBackend } from '../current';
import { tuning } from '../tuning';

/** Multiply-adds a millisecond that any adapter manages: a weak integrated GPU, and a software adapter on two cores. */
const slowest = { gpu: 2e7, software: 4e6 };
/** Bytes a millisecond likewise. */
const slowestBytes = { gpu: 5e6, software: 5e5 };

const measured = new WeakMap<GPUDevice, number>();

/** Notes what a product was measured to reach, in multiply-adds a millisecond; the slowest one counts. */
export function noteThroughput(device: GPUDevice, operationsPerMillisecond: number): void {
  const floor = bound(device, slowest);
  measured.set(device, Math.max(floor, Math.min(measured.get(device) ?? Infinity, operationsPerMillisecond)));
}

function bound(device: GPUDevice, rates: { gpu: number; software: number }): number {
  return device.adapterInfo.isFallbackAdapter ? rates.software : rates.gpu;
}

/**
 * Milliseconds that a dispatch is expected to take at most.
 * @param operations multiply-adds
 * @param bytes of everything bound
 */
export function expectedMilliseconds(device: GPUDevice, operations: number, bytes: number): number {
  return Math.max(operations / (measured.get(device) ?? bound(device, slowest)), bytes / bound(device, slowestBytes));
}

export interface Piece {
  /** First workgroup along y, and how many. */
  start: number;
  length: number;
}

/** Cuts a program of so many workgroups along y. One piece where it is short enough. */
export function piecesOf(operations: number, groupsY: number, device: GPUDevice = currentBackend().device): Piece[] {
  const wanted = Math.min(
    groupsY,
    Math.max(1, Math.ceil(expectedMilliseconds(device, operations, 0) / tuning().dispatchMilliseconds)),
  );
  const length = Math.ceil(groupsY / wanted);
  return Array.from({ length: Math.ceil(groupsY / length) }, (_, i) => ({
    start: i * length,
    length: Math.min(length, groupsY - i * length),
  }));
}
