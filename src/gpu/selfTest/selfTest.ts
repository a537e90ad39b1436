/**
 * Does this driver compute what the kernels say? Run before a training step is captured, on the user's own adapter:
 * every variant of the products that is in use, and one case of every other kind of kernel, against float64 references.
 * A variant that computes wrongly is not used any more: products go over to the next variant, in the end to the direct
 * one, other kernels to their form without workgroup memory. Each such change is a finding, to be told to the user.
 * Where even the last form is wrong, nothing on this adapter can be trusted.
 *
 * Software adapters get the part that every step needs: a pipeline takes a tenth of a second to compile there.
 */
import { StudioError } from '../../shared/errors';
import type { Engine } from '../engine';
import { readFailure } from '../device/gpuErrors';
import { laneCount } from '../gemm/lanes';
import { banName, productRecords, type ProductOp } from '../gemm/productRecords';
import { direct, lanes, squareTile, type ProductVariant } from '../gemm/variants';
import { avoidWorkgroupMemory, overrideTuning, tuning, tuningOverride } from '../tuning';
import { basicChecks, furtherChecks } from './checks';
import { Judged, type KernelCheck } from './judge';
import { convCheck, longSumCheck, matMulCheck, unalignedConvCheck, unalignedMatMulCheck } from './productChecks';

export interface SelfTestOptions {
  /** Milliseconds after which no further batch of checks is begun; default 2000. */
  milliseconds?: number;
  /** Everything, or only what every step needs; default: everything on hardware. */
  thorough?: boolean;
  /** Only these kernels, by name, and only these variants of products; default all. */
  kernels?: readonly string[];
  variants?: readonly string[];
}

/** A kernel that computed wrongly and is not used any more. */
export interface SelfTestFinding {
  /** In words, e.g. 'convolution'. */
  kernel: string;
  /** The variant that was wrong, e.g. '128x64t256' or 'with workgroup memory'. */
  variant: string;
  /** Relative error over what is tolerated; Infinity where the device refused the kernel. */
  error: number;
}

export interface SelfTestReport {
  /** Checks that were run. */
  checks: number;
  milliseconds: number;
  findings: SelfTestFinding[];
  /** True where time ran out before the last check. */
  cutShort: boolean;
}

const convOps: readonly ProductOp[] = ['conv2d.forward', 'conv2d.gradientX', 'conv2d.gradientFilter'];

function untrusted(kernel: string, adapter: string): StudioError {
  return new StudioError({
    code: 'gpu-untrusted',
    what: 'This GPU’s driver computes wrong numbers; training on it cannot be trusted.',
    why: `A small test of the studio’s own (${kernel}) gave wrong results on ${adapter === '' ? 'this adapter' : adapter}, also in the simplest form.`,
    action: 'Update the graphics driver, or open the studio in another browser or on another computer.',
  });
}

/** Names of the variants that products of these operations may use at present. */
function variantsInUse(device: GPUDevice, ops: readonly ProductOp[]): string[] {
  const { workgroupMemory, precision } = tuning();
  const inHalf = precision === 'f16' && device.features.has('shader-f16');
  const tiles = ([4, 8] as const).flatMap((rows) =>
    ([4, 8] as const).map((columns) => squareTile(rows, columns, inHalf)),
  );
  const byRule: ProductVariant[] =
    workgroupMemory || inHalf ? tiles : [direct, ...(laneCount(device) > 0 ? [lanes] : [])];
  const { choices, banned } = productRecords(device);
  const chosen = [...choices].filter(([key]) => ops.some((op) => key.startsWith(`${op} `))).map(([, name]) => name);
  const names = new Set([...byRule.map(({ name }) => name), ...chosen.filter((name) => name !== 'rule')]);
  return [...names].filter((name) => !ops.some((op) => banned.has(banName(op, name))));
}

/** A device that is gone refuses everything: that says nothing of its driver. */
const lossOf = (device: GPUDevice): Promise<unknown> => readFailure(device, null);

class SelfTest {
  readonly report: SelfTestReport = { checks: 0, milliseconds: 0, findings: [], cutShort: false };
  private readonly start = performance.now();
  private readonly thorough: boolean;
  /** Checks of kernels other than products that were right. */
  private readonly passed: KernelCheck[] = [];

  constructor(
    private readonly engine: Engine,
    private readonly options: SelfTestOptions,
  ) {
    this.thorough = options.thorough ?? !engine.context.adapter.isFallback;
  }

  async run(): Promise<SelfTestReport> {
    const shallow = (check: KernelCheck): KernelCheck => (this.thorough ? check : { ...check, gradients: false });
    const stages = [
      () => this.products('matrix product', ['matMul'], shallow(matMulCheck)),
      () => this.products('convolution', convOps, shallow(convCheck)),
      () => this.others(basicChecks),
      ...(this.thorough ? this.furtherStages() : []),
    ];
    for (const stage of stages) {
      if (performance.now() - this.start > (this.options.milliseconds ?? 2000)) {
        this.report.cutShort = true;
        break;
      }
      await stage();
    }
    this.report.milliseconds = performance.now() - this.start;
    return this.report;
  }

  private furtherStages(): (() => Promise<void>)[] {
    return [
      ...furtherChecks.map((checks) => () => this.others(checks)),
      () => this.products('matrix product', ['matMul'], unalignedMatMulCheck),
      () => this.products('convolution', convOps, unalignedConvCheck),
    ];
  }

  private async products(kernel: string, ops: readonly ProductOp[], check: KernelCheck): Promise<void> {
    if (!this.includes(kernel)) return;
    const { device } = this.engine.backend;
    const names = variantsInUse(device, ops).filter(
      (name) => name === direct.name || (this.options.variants?.includes(name) ?? true),
    );
    const errors = await this.judge(names.map((name) => [name === 'subgroup' ? longSumCheck : check, name]));
    const { banned } = productRecords(device);
    let needsDirect = false;
    for (const [i, name] of names.entries()) {
      const error = errors[i] ?? Infinity;
      if (error <= 1) continue;
      if (name === direct.name) throw untrusted(kernel, this.adapterName());
      for (const op of ops) banned.add(banName(op, name));
      this.report.findings.push({ kernel, variant: name, error });
      needsDirect = true;
    }
    if (!needsDirect || names.includes(direct.name)) return;
    const [error = Infinity] = await this.judge([[check, direct.name]]);
    if (error > 1) throw untrusted(kernel, this.adapterName());
  }

  private async others(checks: readonly KernelCheck[]): Promise<void> {
    const wanted = checks.filter(({ name }) => this.includes(name));
    const wrong = await this.wrongAmong(wanted);
    if (wrong.length > 0) {
      await this.withoutWorkgroupMemory(wrong.map(({ check, error }) => ({ kernel: check.name, error })));
      // All kernels have another form from here on, those that were right before too.
      const [still] = await this.wrongAmong([...this.passed, ...wanted]);
      if (still) throw untrusted(still.check.name, this.adapterName());
    }
    this.passed.push(...wanted);
  }

  /**
   * The last resort of kernels that share data between threads.
   * @throws StudioError where there is nothing left to fall back to
   */
  private withoutWorkgroupMemory(wrong: readonly { kernel: string; error: number }[]): Promise<void> {
    if (!tuning().workgroupMemory) throw untrusted(wrong[0]?.kernel ?? '', this.adapterName());
    avoidWorkgroupMemory(this.engine.backend.device);
    this.report.findings.push(
      ...wrong.map(({ kernel, error }) => ({ kernel, variant: 'with workgroup memory', error })),
    );
    // The direct products are in use from here on.
    return this.products('matrix product', ['matMul'], matMulCheck).then(() =>
      this.products('convolution', convOps, convCheck),
    );
  }

  private async wrongAmong(checks: readonly KernelCheck[]): Promise<{ check: KernelCheck; error: number }[]> {
    const errors = await this.judge(checks.map((check) => [check, null]));
    return checks.map((check, i) => ({ check, error: errors[i] ?? Infinity })).filter(({ error }) => !(error <= 1));
  }

  /** Judges checks side by side, so that their kernels compile in parallel; a name forces that variant of products. */
  private async judge(checks: readonly (readonly [KernelCheck, string | null])[]): Promise<number[]> {
    const override = tuningOverride();
    const judged = checks.map(([check, variant]) => {
      overrideTuning(variant === null ? override : { ...override, variant });
      return new Judged(this.engine.backend, check);
    });
    overrideTuning(override);
    this.report.checks += checks.length;
    try {
      const errors = await Promise.all(judged.map((one) => one.error()));
      const loss = errors.every((error) => error <= 1) ? null : await lossOf(this.engine.backend.device);
      if (loss) throw loss;
      return errors;
    } finally {
      for (const one of judged) one.dispose();
    }
  }

  private includes(kernel: string): boolean {
    return this.options.kernels?.includes(kernel) ?? true;
  }

  private adapterName(): string {
    const { description, vendor, architecture } = this.engine.context.adapter;
    return description === '' ? `${vendor} ${architecture}`.trim() : description;
  }
}

/**
 * Runs the self-test on the engine's device.
 * @throws StudioError gpu-untrusted where not even the simplest form of a kernel computes rightly; device-lost
 */
export function selfTest(engine: Engine, options: SelfTestOptions = {}): Promise<SelfTestReport> {
  return new SelfTest(engine, options).run();
}
