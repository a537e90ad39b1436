/**
 * Measurements of a run while it trains, rests or has ended: draws samples between two iterations, then looks at them
 * beside the training, in onnxruntime. Keeps the results over the run's course for the charts and the export. One
 * measurement at a time; it can be given up at any moment.
 */
import { acquireDevice } from '../../gpu/device/device';
import { openOrtSession } from '../../clip/ortSession';
import type { ClipModel } from '../../clip/model';
import type { FrozenClip } from '../../clip/frozen';
import type { FeatureNetwork, OpenModel } from '../../metrics/featureNetwork';
import { openRuntimeProducts } from '../../metrics/products';
import type { Conditions } from '../../lcp/partition/conditions';
import type { CounterRandom } from '../../shared/rng';
import type { Slot } from '../../shared/domain';
import { StudioError } from '../../shared/errors';
import { convnetName, type ConvnetInput } from './evaluateConvnet';
import { drawSamples, strongest, type DrawnSet } from './evaluateDraw';
import { clipAsNetwork, openNetwork } from './evaluateNetworks';
import { evaluateSamples } from './evaluate';
import type { ProbeResult } from './evaluateClassifier';
import type { Eyes } from './standing';
import type { Evaluation } from './evaluation';
import { groupsCsv } from './evaluationReport';
import type { ImportedDataset } from '../run/importDataset';
import type { ClipPort, EvaluationPort, EventPort, GpuPort, StorePort } from '../ports';
import type { Arguments, ExportResult } from '../protocol/commands';

/** What a measurement needs of a run. */
export interface EvaluatedRun {
  dataset: ImportedDataset;
  slots: readonly Slot[];
  conditions: Conditions;
  latent: number;
  clip: { model: ClipModel; frozen: Pick<FrozenClip, 'encodeImages'> };
  /** What judges samples in training; null where that is `clip`. */
  critic: Eyes | null;
  /** Whether heads look into `clip` in training. */
  parts: boolean;
  kimg(): number;
  /** The judge of classes where there is no independent network: `convnetProbe`. */
  convnet(input: ConvnetInput): Promise<ProbeResult | null>;
  /** Does `work` between two iterations, with the sampler brought up to date. */
  drawing<T>(
    work: (source: {
      pictures(z: Float32Array, u: Float32Array): Promise<Float32Array>;
      drawConditions(count: number, random: CounterRandom): Float32Array;
    }) => Promise<T>,
  ): Promise<T>;
}

type EvaluateArguments = Arguments<'evaluate'>;

const refused = (what: string, action: string): StudioError =>
  new StudioError({ code: 'protocol', what, why: '', action });

type EvaluatingPorts = EventPort & StorePort & ClipPort & EvaluationPort & GpuPort;

/** A measurement that was given up. */
const givenUp = (): StudioError => refused('The measurement was cancelled.', 'Measure again at any time.');

export class Evaluations {
  private readonly history: Evaluation[] = [];
  private current: AbortController | null = null;

  constructor(private readonly ports: EvaluatingPorts) {}

  /** Measures and tells. Rejects with a `StudioError` where it cannot, or was given up. */
  async evaluate(command: EvaluateArguments, run: EvaluatedRun): Promise<void> {
    if (this.current) throw refused('A measurement is going on already.', 'Wait for it, or cancel it.');
    const current = new AbortController();
    this.current = current;
    try {
      await this.take(command, run, current.signal);
    } finally {
      if (this.current === current) this.current = null;
      this.ports.emit({ type: 'evaluating', label: '', done: null });
    }
  }

  cancel(): void {
    this.current?.abort(givenUp());
  }

  /** Forgets everything: for a new run. */
  clear(): void {
    this.cancel();
    this.history.length = 0;
  }

  /** An export with the measurements of the run beside it. */
  beside(exported: ExportResult): ExportResult {
    if (this.history.length === 0) return exported;
    const file = (name: string, text: string) => ({ name, bytes: new TextEncoder().encode(text).buffer });
    return {
      files: [
        ...exported.files,
        file('evaluation.json', `${JSON.stringify(this.history, null, 1)}\n`),
        file('evaluation.csv', groupsCsv(this.history)),
      ],
    };
  }

  private async take(
    { network: source, samples: count, seed }: EvaluateArguments,
    run: EvaluatedRun,
    signal: AbortSignal,
  ): Promise<void> {
    const { dataset, slots, conditions } = run;
    const { classes, resolution: size } = dataset.summary;
    const tell = (label: string, done: number): void => this.ports.emit({ type: 'evaluating', label, done });
    tell('Opening the evaluation network', 0);
    const runtime = await openRuntime(this.ports);
    const opened: { close(): Promise<void> }[] = [runtime];
    try {
      const network: FeatureNetwork =
        source.kind === 'clip'
          ? clipAsNetwork(run.clip.model, run.clip.frozen, { trains: run.critic === null })
          : await openNetwork(
              source,
              runtime.io,
              runtime.open,
              (done, total) => tell('Fetching the evaluation network', total > 0 ? done / total : 0),
              { gate: () => Promise.resolve(signal.throwIfAborted()), signal },
            );
      opened.unshift(network);
      const products = await openRuntimeProducts(runtime.open);
      opened.unshift(products);
      const { labels: known, slots: heaviest } = strongest(conditions.u, slots, conditions.w);
      const drawn: { samples: DrawnSet | null; kimg: number } = { samples: null, kimg: run.kimg() };
      const result = await evaluateSamples({
        network,
        run: { clip: run.clip.model, critic: run.critic ?? undefined, parts: run.parts },
        size,
        reals: { pixels: dataset.pixels, labels: dataset.labels, classes: known, slots: heaviest },
        samples: {
          count,
          generate: (wanted, drawSeed) =>
            run.drawing(async (generator) => {
              drawn.kimg = run.kimg();
              drawn.samples = await drawSamples({
                ...generator,
                latent: run.latent,
                slots,
                count: wanted,
                seed: drawSeed,
                signal,
                onProgress: (done, total) => tell('Drawing samples', 0.3 + (0.1 * done) / total),
              });
              return drawn.samples;
            }),
        },
        classNames: classes,
        slotNames: slots.map(({ classIndex, cluster }) => `${classes[classIndex] ?? ''} ${cluster + 1}`),
        seed,
        store: this.ports.store,
        // The run's own classifier uses the training's GPU, so the training waits for it.
        ownClassifier: {
          name: convnetName,
          judge: (reals, samples, onProgress) =>
            run.drawing(() =>
              run.convnet({
                reals: reals.pixels,
                samples: samples.pixels,
                size,
                labels: reals.labels,
                seed,
                signal,
                onProgress,
              }),
            ),
        },
        products: products.products,
        onProgress: tell,
        signal,
      });
      this.tell({ ...result, kimg: drawn.kimg }, drawn.samples, size);
    } finally {
      for (const each of opened) await each.close().catch(() => undefined);
    }
  }

  private tell(result: Evaluation, samples: DrawnSet | null, size: number): void {
    this.history.push(result);
    const shown = result.copies?.pairs ?? [];
    const rgba = new Uint8ClampedArray(shown.length * size * size * 4).fill(255);
    const pixels = samples?.pixels ?? new Uint8Array(0);
    shown.forEach(({ sample }, tile) => {
      for (let i = 0; i < size * size; i += 1)
        for (let c = 0; c < 3; c += 1)
          rgba[(tile * size * size + i) * 4 + c] = pixels[(sample * size * size + i) * 3 + c] as number;
    });
    this.ports.emit({ type: 'evaluation', result, size, copies: rgba.buffer }, [rgba.buffer]);
  }
}

/**
 * Where networks come from and what runs them: the port's own, or onnxruntime-web on a second device of a real GPU, or
 * on the processor.
 */
async function openRuntime(
  ports: EvaluatingPorts,
): Promise<{ io: ClipPort['clipIo']; open: OpenModel; close(): Promise<void> }> {
  if (ports.evaluation) return { ...ports.evaluation, close: () => Promise.resolve() };
  const device = await ownDevice(ports);
  const open: OpenModel = async (bytes) => {
    if (!device) return openOrtSession(bytes);
    return openOrtSession(bytes, device).catch(() => openOrtSession(bytes));
  };
  return { io: ports.clipIo, open, close: () => Promise.resolve(device?.destroy()) };
}

/** Not the training's: an error there must not end the run. Null where only software would compute. */
async function ownDevice(ports: GpuPort): Promise<GPUDevice | null> {
  try {
    const { device, adapter } = await acquireDevice(ports.gpu);
    if (!adapter.isFallback) return device;
    device.destroy();
  } catch {
    // The processor will do.
  }
  return null;
}
