/**
 * One product made ready to be timed: operands with known contents, and a captured plan of it for each variant. Every
 * plan's result is checked against sums in float64 at a few places before its time counts, so that no variant is chosen
 * for being fast and wrong.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { StudioBackend } from '../backend';
import { Recording } from '../capture/recording';
import type { Replay } from '../capture/replay';
import { dispatch, disposeInfo, linearGrid } from '../kernel/dispatch';
import type { ProductRequest } from '../gemm/productRecords';
import { roundsOperands, type ProductVariant } from '../gemm/variants';
import { overrideTuning, tuningOverride } from '../tuning';

/** Terms that are added up in float64 for all checked results together, about: they take some tens of milliseconds. */
const termsInAll = 2 ** 20;

/**
 * Largest tolerated error, relative to the sum of the terms' magnitudes: rounding of float32 (and float16) sums, far
 * below what a wrong index makes.
 */
const tolerance = { f32: 1e-5, f16: 2e-3 };

/** A number in (-1, 1) with 15 bits for every index, the same here and in `fillCode`. */
function valueAt(index: number, seed: number): number {
  let h = Math.imul((index ^ seed) >>> 0, 0x9e3779b1) >>> 0;
  h = Math.imul((h ^ (h >>> 15)) >>> 0, 0x85ebca77) >>> 0;
  return ((h >>> 17) - 16383.5) / 16384;
}

function fill(shape: readonly number[], seed: number): TensorInfo {
  const size = shape.reduce((a, b) => a * b, 1);
  const grid = linearGrid(size);
  const code = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<uniform> setting: vec4<u32>;
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  if (index >= setting.x) { return; }
  var h = (index ^ setting.y) * 0x9e3779b1u;
  h = (h ^ (h >> 15u)) * 0x85ebca77u;
  y[index] = (f32(h >> 17u) - 16383.5) / 16384.0;
}`;
  const constants = new Uint8Array(Uint32Array.of(size, seed, 0, 0).buffer);
  return dispatch({
    label: 'autotune.fill',
    key: '',
    code,
    outputs: [{ shape }],
    constants,
    workgroups: grid.workgroups,
  })[0] as TensorInfo;
}

interface Expected {
  index: number;
  sum: number;
  /** Sum of the terms' magnitudes. */
  magnitude: number;
}

export class Trial {
  private readonly expected: Expected[];
  private readonly a: TensorInfo;
  private readonly b: TensorInfo;
  private readonly result: TensorInfo;
  private readonly recordings: Recording[] = [];

  constructor(
    private readonly backend: StudioBackend,
    private readonly request: ProductRequest,
  ) {
    const [a, b, y] = request.shapes;
    this.a = fill(a, 1);
    this.b = fill(b, 2);
    this.result = fill(y, 3);
    this.expected = this.expectations();
    backend.flush();
  }

  /** Bytes that a trial of this product takes, about. */
  static bytes({ shapes }: ProductRequest): number {
    return 4 * shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  }

  /** A plan of the product alone with this variant, its kernels compiled. Null where the device refuses the kernel. */
  plan(variant: ProductVariant): Promise<Replay | null> {
    const { backend } = this;
    const override = tuningOverride();
    overrideTuning({ ...override, variant: variant.name });
    try {
      const recording = new Recording(backend, `autotune ${variant.name}`, () => {
        const made = this.request.run(this.a, this.b);
        backend.copy({ source: made.dataId, target: this.result.dataId });
        disposeInfo(made);
      });
      this.recordings.push(recording);
      return recording.plan();
    } finally {
      overrideTuning(override);
    }
  }

  /** Runs a plan once and checks the result. */
  async isRight(replay: Replay, variant: ProductVariant): Promise<boolean> {
    const { backend, result } = this;
    const overwritten = fill(result.shape, 4);
    backend.copy({ source: overwritten.dataId, target: result.dataId });
    disposeInfo(overwritten);
    backend.flush();
    replay.run();
    const values = await this.picked();
    const bound = roundsOperands(variant) ? tolerance.f16 : tolerance.f32;
    return this.expected.every(({ sum, magnitude }, i) => Math.abs((values[i] ?? NaN) - sum) <= bound * magnitude);
  }

  private expectations(): Expected[] {
    const { shapes, k, terms } = this.request;
    const size = shapes[2].reduce((a, b) => a * b, 1);
    const places = Math.max(4, Math.min(24, size, Math.floor(termsInAll / k)));
    return Array.from({ length: places }, (_, place) => {
      const index = Math.floor(((place + 0.5) * size) / places);
      const expected = { index, sum: 0, magnitude: 0 };
      terms(index, (a, b) => {
        const term = valueAt(a, 1) * valueAt(b, 2);
        expected.sum += term;
        expected.magnitude += Math.abs(term);
      });
      return expected;
    });
  }

  /** The results at the places that are checked. */
  private async picked(): Promise<Float32Array> {
    const { backend, expected } = this;
    const { buffer, offset } = backend.rangeOf(this.result.dataId);
    const staging = backend.device.createBuffer({
      size: 4 * expected.length,
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
    });
    const encoder = backend.device.createCommandEncoder();
    expected.forEach(({ index }, i) => encoder.copyBufferToBuffer(buffer, offset + 4 * index, staging, 4 * i, 4));
    backend.device.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(GPUMapMode.READ);
      return new Float32Array(staging.getMappedRange().slice(0));
    } finally {
      staging.destroy();
    }
  }

  dispose(): void {
    for (const recording of this.recordings) recording.dispose();
    for (const info of [this.a, this.b, this.result]) disposeInfo(info);
  }
}
