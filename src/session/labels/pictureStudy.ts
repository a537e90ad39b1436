/**
 * What CLIP and the labels so far say about every picture, for a person who labels: the likely class, how sure that is,
 * which label is worth most next, which pictures fit words or resemble others. Works on what a run has read; before a
 * run the CLIP is loaded and the features are computed for it, and the run takes both over.
 */
import { openFrozenClip, type FrozenClip } from '../../clip/frozen';
import { loadClip } from '../../clip/load';
import type { ClipModel } from '../../clip/model';
import { textCosines } from '../../clip/scoreTexts';
import { classFeatures, textFeatures } from '../../clip/zeroShot';
import { inferLabelsInSlices } from '../../lcp/labels/labelInference';
import { countLabels, ignoredOf, labelsOf, type LabelBook } from '../../lcp/labels/labelBook';
import { labelQueue } from '../../lcp/labels/labelGain';
import { likenessTo } from '../../lcp/labels/likeness';
import { UNLABELED } from '../../shared/domain';
import { runInSlices } from '../../shared/cooperative';
import { StudioError } from '../../shared/errors';
import { allRows, meanOfRows } from '../../shared/linearAlgebra';
import { computeFeatures } from '../clip/clipFeatures';
import type { ClipPort, DecoderPort, EventPort, FeaturesPort, StorePort } from '../ports';
import type { ClipSource } from '../protocol/commands';
import type { Event } from '../protocol/events';
import { RunControl, RunStopped } from '../run/runControl';
import type { ImportedDataset } from '../run/importDataset';
import { checkPictures } from './checkPictures';
import type { Findings } from './findings';
import type { Guesses } from './guesses';

type Ports = EventPort & ClipPort & DecoderPort & FeaturesPort & StorePort;

/** A CLIP and what it sees in the pictures. */
export interface Seen {
  clip: { model: ClipModel; frozen: FrozenClip };
  /** Unit rows, or zeros for pictures that could not be read, [N, d]. */
  features: Float32Array;
}

export class PictureStudy {
  private readonly control = new RunControl();
  private seen: Seen | null = null;
  private looking: Promise<Seen> | null = null;
  private source = '';
  /** Text features of class names that were read. */
  private readonly names = new Map<string, Float32Array>();

  /** @param borrowed what a run has read; it is then the run's to close */
  constructor(
    private readonly ports: Ports,
    private readonly dataset: ImportedDataset,
    private readonly borrowed: Seen | null = null,
  ) {
    this.seen = borrowed;
  }

  /** Looks at all pictures through a CLIP; at once where that was done before. */
  async look(clip: ClipSource): Promise<Seen> {
    if (this.seen && (this.borrowed || this.source === keyOf(clip))) return this.seen;
    if (this.looking && this.source === keyOf(clip)) return this.looking;
    await this.looking?.catch(() => undefined);
    await this.close();
    this.source = keyOf(clip);
    this.looking = this.open(clip).finally(() => (this.looking = null));
    return this.looking;
  }

  /** What was seen, for a run with this CLIP to take over; null where there is nothing, or another CLIP saw it. */
  async handOver(clip: ClipSource): Promise<Seen | null> {
    this.control.stop();
    await this.looking?.catch(() => undefined);
    const { seen } = this;
    if (!seen || this.borrowed || this.source !== keyOf(clip)) {
      await this.close();
      return null;
    }
    this.seen = null;
    return seen;
  }

  /** Ends what is going on and frees the CLIP, where it is this study's own. */
  async dispose(): Promise<void> {
    this.control.stop();
    await this.looking?.catch(() => undefined);
    await this.close();
  }

  /** @throws StudioError where nothing can be said: the pictures have not been looked at */
  async guess(book: LabelBook): Promise<Guesses> {
    const { clip, features } = this.present();
    const d = clip.model.dim;
    const codes = book.codes();
    const [labels, ignored] = [labelsOf(codes), ignoredOf(codes)];
    const classCount = book.classes.length;
    const textRows = clip.frozen.hasText && classCount > 0 ? await this.nameRows(clip, book.classes) : null;
    const { labeledPerClass } = countLabels(codes, classCount);
    const known = await this.probabilities({ features, d, labels, classCount, textRows, clip, labeledPerClass });
    const open = Uint8Array.from(labels, (label, image) => Number(label === UNLABELED && ignored?.[image] !== 1));
    const { signal } = this.control;
    const queue = await runInSlices(
      labelQueue({
        features,
        d,
        probabilities: known?.probabilities ?? null,
        classCount,
        open,
        centre: meanOfRows(features, d, allRows(labels.length)),
      }),
      { signal },
    );
    return {
      ...strongest(known?.probabilities ?? null, labels.length, classCount),
      accuracy: known?.accuracy ?? null,
      queue,
    };
  }

  /** What can be said against the pictures and the labels of the book. */
  async check(book: LabelBook): Promise<Findings> {
    const { clip, features } = this.present();
    const codes = book.codes();
    const classCount = book.classes.length;
    return checkPictures({
      dataset: this.dataset,
      nearlySame: clip.model.nearlySame,
      inference: {
        features,
        d: clip.model.dim,
        labels: labelsOf(codes),
        classCount,
        textFeatures: clip.frozen.hasText && classCount > 0 ? await this.nameRows(clip, book.classes) : null,
        logitScale: clip.model.logitScale,
        seed: 1,
        useUnlabeled: false,
      },
      signal: this.control.signal,
      onProgress: (label, done, total) => this.ports.emit(progressOf(label, done, total)),
    });
  }

  /** Cosine of every picture with a text, NaN for those that could not be read. */
  async byWords(text: string): Promise<Float32Array<ArrayBuffer>> {
    const { clip, features } = this.present();
    const rows = await textFeatures(clip.frozen, clip.model, [text]);
    return Float32Array.from(textCosines(features, rows, clip.model.dim));
  }

  /** How much every picture resembles the nearest of `images`, at most 1; NaN for those that could not be read. */
  like(images: Uint32Array): Promise<Float32Array<ArrayBuffer>> {
    const { clip, features } = this.present();
    return runInSlices(likenessTo(features, clip.model.dim, images), { signal: this.control.signal });
  }

  private present(): Seen {
    if (!this.seen) {
      throw new StudioError({
        code: 'protocol',
        what: 'CLIP has not looked at your pictures yet.',
        why: '',
        action: 'Have it look at them first.',
      });
    }
    return this.seen;
  }

  private async open(source: ClipSource): Promise<Seen> {
    const emit = (event: Event, transfer?: Transferable[]): void => this.ports.emit(asStudying(event), transfer);
    const ports = { ...this.ports, emit };
    const { control } = this;
    emit(progressOf('Loading CLIP', 0, 0));
    const model = await loadClip(source, ports.clipIo, (done, total) => emit(progressOf('Loading CLIP', done, total)), {
      gate: () => control.gate(),
      signal: control.signal,
    });
    const frozen = await openFrozenClip(model);
    try {
      await control.gate();
      const features = await computeFeatures(ports, model, frozen, this.dataset, control);
      this.seen = { clip: { model, frozen }, features };
      return this.seen;
    } catch (error) {
      await frozen.close();
      throw error instanceof RunStopped ? overtaken() : error;
    }
  }

  private async close(): Promise<void> {
    const { seen } = this;
    this.seen = null;
    this.names.clear();
    if (seen && !this.borrowed) await seen.clip.frozen.close();
  }

  private async nameRows({ model, frozen }: Seen['clip'], classes: readonly string[]): Promise<Float32Array> {
    const unread = classes.filter((name) => !this.names.has(name));
    const rows = await classFeatures(frozen, model, unread);
    unread.forEach((name, i) => this.names.set(name, rows.slice(i * model.dim, (i + 1) * model.dim)));
    const all = new Float32Array(classes.length * model.dim);
    classes.forEach((name, c) => all.set(this.names.get(name) ?? [], c * model.dim));
    return all;
  }

  /**
   * p(c|x) as label inference gives it, without a second look at the pictures without a label (that takes longer than
   * a person waits); from class names alone where there is no label; null where there is neither.
   */
  private async probabilities(input: {
    features: Float32Array;
    d: number;
    labels: Int32Array;
    classCount: number;
    textRows: Float32Array | null;
    clip: Seen['clip'];
    labeledPerClass: readonly number[];
  }): Promise<{ probabilities: Float32Array; accuracy: number | null } | null> {
    const { features, d, labels, classCount, textRows, clip, labeledPerClass } = input;
    const labeled = labeledPerClass.filter((count) => count > 0).length;
    if (classCount < 2 || (labeled === 0 && !textRows)) return null;
    if (labeled < classCount && labeled < 2) {
      return textRows && { probabilities: byNames(features, d, textRows, clip.model.logitScale), accuracy: null };
    }
    try {
      const inference = await inferLabelsInSlices(
        {
          features,
          d,
          labels,
          classCount,
          textFeatures: textRows,
          logitScale: clip.model.logitScale,
          seed: 1,
          useUnlabeled: false,
        },
        { signal: this.control.signal },
      );
      return { probabilities: inference.probabilities, accuracy: inference.summary.crossValidatedAccuracy };
    } catch (error) {
      // A class without a label whose name tells nothing: that is what labeling is about to mend.
      if (error instanceof StudioError && error.info.code === 'no-labels') return null;
      throw error;
    }
  }
}

const keyOf = (clip: ClipSource): string =>
  clip.kind === 'manifest' ? clip.id : clip.files.map(({ name, file }) => `${name} ${file.size}`).join('\n');

const progressOf = (label: string, done: number, total: number): Event => ({ type: 'studying', label, done, total });

/** Progress of a run's phases, told as what it is here. */
function asStudying(event: Event): Event {
  return event.type === 'progress' ? progressOf(event.label, event.done, event.total) : event;
}

/** Softmax over the class names alone, [N, C]. */
function byNames(features: Float32Array, d: number, textRows: Float32Array, logitScale: number): Float32Array {
  const classCount = textRows.length / d;
  const cosines = Array.from({ length: classCount }, (_, c) =>
    textCosines(features, textRows.subarray(c * d, (c + 1) * d), d),
  );
  const out = new Float32Array((features.length / d) * classCount);
  for (let image = 0; image < features.length / d; image += 1) {
    const logits = cosines.map((row) => logitScale * (row[image] || 0));
    const most = Math.max(...logits);
    const powers = logits.map((logit) => Math.exp(logit - most));
    const sum = powers.reduce((total, power) => total + power, 0);
    powers.forEach((power, c) => (out[image * classCount + c] = power / sum));
  }
  return out;
}

function strongest(
  probabilities: Float32Array | null,
  count: number,
  classCount: number,
): Pick<Guesses, 'inferred' | 'confidence'> {
  const inferred = new Int32Array(count).fill(-1);
  const confidence = new Float32Array(count);
  if (!probabilities) return { inferred, confidence };
  for (let image = 0; image < count; image += 1) {
    for (let c = 0; c < classCount; c += 1) {
      const p = probabilities[image * classCount + c] ?? 0;
      if (p <= (confidence[image] as number)) continue;
      confidence[image] = p;
      inferred[image] = c;
    }
  }
  return { inferred, confidence };
}

function overtaken(): StudioError {
  return new StudioError({
    code: 'protocol',
    what: 'CLIP was interrupted while it looked at the pictures.',
    why: 'A run began, or other pictures were opened.',
    action: 'Ask again.',
  });
}
