/**
 * A person's own words against the pictures of the data set. Everything is in the processor's memory from the features
 * phase of a run on: the features of the pictures, and the text tower in onnxruntime. Nothing touches the GPU, so that
 * training goes on undisturbed.
 */
import type { FrozenClip } from '../../clip/frozen';
import type { ClipModel } from '../../clip/model';
import { extremes, histogram, medianOf, sharesOfTexts, textCosines } from '../../clip/scoreTexts';
import type { ClipTokenizer } from '../../clip/tokenizer';
import { textFeatures } from '../../clip/zeroShot';
import { consideredClasses } from '../../lcp/partition/conditions';
import { UNLABELED } from '../../shared/domain';
import { StudioError } from '../../shared/errors';
import { imageIndex } from '../../shared/indices';
import type { Hit, ClipAnswer } from './clipAnswer';

/** Pictures shown at either end, and bars of the histogram. */
const BEST = 12;
const WORST = 6;
const BINS = 24;

/** What a question needs of a run. */
export interface AskedRun {
  clip: { model: Pick<ClipModel, 'name' | 'standIn' | 'dim' | 'tokenizer'>; frozen: FrozenClip };
  /** [N, d], unit rows, or zeros for pictures that could not be read. */
  features: Float32Array;
  /** Class of each picture, or -1. */
  labels: Int32Array;
  classCount: number;
  /** p(c|x), [N, C], once it is inferred. */
  probabilities: Float32Array | null;
}

/** Lets other work of the worker go first: one text takes tens of milliseconds where there are 100,000 pictures. */
const yieldToOthers = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** @param texts at least one, none empty. Throws 'clip-missing' where this CLIP reads no texts */
export async function askClip(asked: AskedRun, texts: readonly string[]): Promise<ClipAnswer> {
  const { clip, features } = asked;
  const { dim: d, tokenizer, name, standIn = false } = clip.model;
  const rows = await textFeatures(clip.frozen, clip.model, texts);
  const scores: Float32Array[] = [];
  for (let t = 0; t < texts.length; t += 1) {
    scores.push(textCosines(features, rows.subarray(t * d, (t + 1) * d), d));
    await yieldToOthers();
  }
  const pictures = scores[0]?.reduce((count, score) => count + Number(!Number.isNaN(score)), 0) ?? 0;
  if (pictures === 0) throw unreadable();
  const best = Math.min(BEST, Math.ceil(pictures / 2));
  const found = scores.map((row) => ({
    row,
    top: extremes(row, best),
    bottom: extremes(row, Math.min(WORST, pictures - best), -1),
    lowest: extremes(row, 1, -1),
  }));
  const ends = found.flatMap(({ row, top, lowest }) => [row[top[0] ?? 0] as number, row[lowest[0] ?? 0] as number]);
  const [from, to] = [Math.min(...ends), Math.max(...ends)];
  const won = sharesOfTexts(scores);
  const answers = found.map(({ row, top, bottom }, t) => {
    const hits = (images: readonly number[]): Hit[] =>
      images.map((image) => ({ image: imageIndex(image), score: row[image] as number, ...classOf(asked, image) }));
    const text = texts[t] ?? '';
    return {
      text,
      read: tokenizer && readPart(tokenizer, text),
      best: hits(top),
      worst: hits(bottom),
      median: medianOf(row),
      counts: histogram(row, from, to, BINS),
      won: won[t] ?? 0,
    };
  });
  return { clip: name, standIn, pictures, from, to, texts: answers };
}

function classOf({ labels, probabilities, classCount }: AskedRun, image: number): Pick<Hit, 'classIndex' | 'given'> {
  const label = labels[image] ?? UNLABELED;
  if (label !== UNLABELED || !probabilities) return { classIndex: label, given: label !== UNLABELED };
  return { classIndex: consideredClasses(probabilities, label, image, classCount)[0] ?? -1, given: false };
}

/** What the text tower reads of a text that is longer than its context, or null where it reads it all. */
function readPart(tokenizer: ClipTokenizer, text: string): string | null {
  const ids = tokenizer.encodeWords(text);
  const most = tokenizer.contextLength - 2;
  return ids.length > most ? tokenizer.decode(ids.slice(0, most)) : null;
}

/** Asked before there is anything to compare with. */
export function notLookedAt(): StudioError {
  return new StudioError({
    code: 'protocol',
    what: 'CLIP has not looked at your pictures yet.',
    why: 'It does so in the first minutes of a run, before training begins.',
    action: 'Start training, and ask as soon as the features are read.',
  });
}

/** The run ended while the question was being answered. */
export function overtaken(): StudioError {
  return new StudioError({
    code: 'protocol',
    what: 'The run that was asked has been replaced.',
    why: '',
    action: 'Ask again.',
  });
}

function unreadable(): StudioError {
  return new StudioError({
    code: 'no-readable-images',
    what: 'None of the pictures can be read any more.',
    why: 'Their files were moved or changed.',
    action: 'Open the folder again.',
  });
}
