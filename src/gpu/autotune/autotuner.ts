/**
 * Measures which variant of a product is fastest on this very adapter, once for each class of shapes, and remembers it.
 *
 * When a step is prepared, its body is traced; products of classes that have no choice yet are timed, the heaviest
 * first, until the time that may be spent is used up (the rest goes by rule); then the step is traced again with what
 * was chosen. A choice stands for the life of the device, so that a run never changes its bits midway; what was
 * measured goes to the store, and `productChoices` / `adoptProductChoices` let a checkpoint carry every choice along,
 * so that a resumed run on the same kind of adapter continues to the bit. On another adapter the sums are rounded in
 * another order: a resumed run is then as good, but not the same.
 *
 * Software adapters are left alone unless asked: compiling a pipeline costs more there than any variant gains.
 */
import type { StudioBackend } from '../backend';
import { currentBackend } from '../current';
import type { GpuContext } from '../device/device';
import { candidatesFor } from '../gemm/chooseVariant';
import { banName, productRecords, type ProductRequest } from '../gemm/productRecords';
import { direct, type ProductVariant } from '../gemm/variants';
import type { Replay } from '../capture/replay';
import { noteThroughput } from '../kernel/workload';
import { Stopwatch } from './stopwatch';
import { Trial } from './trial';
import { formatChoices, parseChoices, tuningKey, type TuningStore } from './tuningStore';

export interface AutotuneOptions {
  /** Where findings are kept between visits; none: they last as long as the device. */
  store?: TuningStore | null;
  /** Milliseconds that tuning may take in all; default 3000. */
  milliseconds?: number;
  /** Measure on software adapters too. */
  onSoftware?: boolean;
  /** Names of the variants to try; default all that fit. */
  variants?: readonly string[];
  /** For tests: the time of a variant instead of a measurement. */
  time?: (variant: ProductVariant, request: ProductRequest) => number;
}

/** Milliseconds of repeated work that a measurement is to last. */
const sample = 2;
const mostRepeats = 64;
const rounds = 3;
/** Variants this much slower than the best in a first look are not measured further. */
const hopeless = 2.5;
/** Products whose operands and result are larger than this go by rule. */
const mostBytes = 2 ** 29;

/** Recorded where a class was not measured: no variant has this name, so the rule decides, now and after a resume. */
const byRuleName = 'rule';

interface Wanted {
  key: string;
  request: ProductRequest;
  /** Multiply-adds of all products of this class in the step. */
  weight: number;
}

interface Contender {
  variant: ProductVariant;
  replay: Replay;
  repeats: number;
  times: number[];
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Infinity;

export class Autotuner {
  /** Classes measured, and variants found to compute wrongly, since the start. */
  readonly counts = { classes: 0, wrong: 0 };
  private left: number;
  private readonly measured = new Map<string, string>();

  private constructor(
    private readonly backend: StudioBackend,
    private readonly key: string,
    private readonly options: AutotuneOptions,
  ) {
    this.left = options.milliseconds ?? 3000;
  }

  /**
   * Starts autotuning on the current engine's device, with what the store knows. Does nothing (and stays null) on
   * software adapters unless asked.
   */
  static async open(context: GpuContext, options: AutotuneOptions = {}): Promise<Autotuner | null> {
    if (context.adapter.isFallback && !options.onSoftware) return null;
    const backend = currentBackend();
    const tuner = new Autotuner(backend, tuningKey(context), options);
    const text = await options.store?.load(tuner.key).catch(() => null);
    for (const [name, variant] of parseChoices(text ?? '')) {
      tuner.measured.set(name, variant);
      productRecords(backend.device).choices.set(name, variant);
    }
    tuners.set(backend.device, tuner);
    return tuner;
  }

  /**
   * Traces with `trace` and measures what has no choice yet.
   * @returns whether anything was chosen, so that what was traced is out of date
   */
  async tune(trace: () => void): Promise<boolean> {
    const records = productRecords(this.backend.device);
    const wanted = new Map<string, Wanted>();
    records.listener = (request, key) => {
      if (records.choices.has(key)) return;
      const operations = request.m * request.n * request.k * request.batch;
      const known = wanted.get(key);
      if (known) known.weight += operations;
      else wanted.set(key, { key, request, weight: operations });
    };
    try {
      trace();
    } finally {
      records.listener = null;
    }
    let chosen = false;
    for (const one of [...wanted.values()].toSorted((a, b) => b.weight - a.weight))
      chosen = (await this.choose(one)) || chosen;
    if (chosen) await this.options.store?.save(this.key, formatChoices(this.measured)).catch(() => undefined);
    return chosen;
  }

  private async choose({ key, request }: Wanted): Promise<boolean> {
    if (this.left <= 0 || Trial.bytes(request) > mostBytes) {
      productRecords(this.backend.device).choices.set(key, byRuleName);
      return false;
    }
    const start = performance.now();
    const trial = new Trial(this.backend, request);
    const watch = new Stopwatch(this.backend.device);
    try {
      const best = await this.fastest(trial, watch, request, start);
      productRecords(this.backend.device).choices.set(key, best?.name ?? byRuleName);
      if (!best) return false;
      this.measured.set(key, best.name);
      this.counts.classes += 1;
      return true;
    } finally {
      watch.dispose();
      trial.dispose();
      this.left -= performance.now() - start;
    }
  }

  private async fastest(
    trial: Trial,
    watch: Stopwatch,
    request: ProductRequest,
    start: number,
  ): Promise<ProductVariant | null> {
    const contenders = await this.contenders(trial, watch, request, start);
    const { time } = this.options;
    for (let round = 0; round < (time || contenders.length < 2 ? 0 : rounds); round++) {
      for (const one of contenders) one.times.push(await watch.time(one.replay, one.repeats));
    }
    const ranked = contenders
      .map(({ variant, times }) => ({ variant, time: time?.(variant, request) ?? median(times) }))
      .toSorted((a, b) => a.time - b.time);
    const [best] = ranked;
    if (!best) return null;
    const { m, n, k, batch } = request;
    if (!time && best.time > 0.05) noteThroughput(this.backend.device, (m * n * k * batch) / best.time);
    return best.variant;
  }

  /** The variants that compute rightly and are not hopelessly slow, each with one measurement. */
  private async contenders(
    trial: Trial,
    watch: Stopwatch,
    request: ProductRequest,
    start: number,
  ): Promise<Contender[]> {
    const records = productRecords(this.backend.device);
    const { variants } = this.options;
    const candidates = candidatesFor(request).filter(({ name }) => variants?.includes(name) ?? true);
    const plans = await Promise.all(candidates.map((variant) => trial.plan(variant)));
    const found: Contender[] = [];
    for (const [i, variant] of candidates.entries()) {
      const replay = plans[i];
      if (!replay || !(await trial.isRight(replay, variant))) {
        // The direct family is what all else falls back to: the self-test judges it.
        if (variant !== direct) records.banned.add(banName(request.op, variant.name));
        this.counts.wrong += 1;
        continue;
      }
      const first = this.options.time ? 0 : await watch.time(replay, 1);
      found.push({
        variant,
        replay,
        repeats: Math.min(mostRepeats, Math.max(1, Math.round(sample / first))),
        times: [first],
      });
      if (found.length > 1 && performance.now() - start > this.left) break;
    }
    const shortest = Math.min(...found.map(({ times }) => times[0] ?? Infinity));
    return found.filter(({ times }) => (times[0] ?? Infinity) <= hopeless * shortest + 0.2);
  }
}

const tuners = new WeakMap<GPUDevice, Autotuner>();

/** The device's autotuner, or null where none was opened. */
export function autotunerOf(device: GPUDevice): Autotuner | null {
  return tuners.get(device) ?? null;
}

/** Ends autotuning on a device; choices stay. */
export function closeAutotuner(device: GPUDevice): void {
  tuners.delete(device);
}

/** Every choice in force on the current device, by class: for a checkpoint. */
export function productChoices(): Record<string, string> {
  return Object.fromEntries(productRecords(currentBackend().device).choices);
}

/**
 * Takes over the choices of a checkpoint, before any step is prepared. Unknown variants are passed over when products
 * look them up.
 */
export function adoptProductChoices(choices: Readonly<Record<string, string>>): void {
  for (const [key, variant] of Object.entries(choices))
    productRecords(currentBackend().device).choices.set(key, variant);
}
