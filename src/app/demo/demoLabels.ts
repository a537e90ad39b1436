/** Guesses and likenesses that are inventions, for looking at the labeling room. */
import type { Findings } from '../../session/labels/findings';
import type { Guesses } from '../../session/labels/guesses';

/** A fixed noise in [0, 1) for each picture. */
const noise = (image: number): number => (Math.sin(image * 12.9898) * 43_758.5453) % 1;
const share = (image: number): number => Math.abs(noise(image));

export function demoGuesses(count: number, classCount: number, labels: readonly number[]): Guesses {
  const confidence = Float32Array.from({ length: count }, (_, image) =>
    (labels[image] ?? -1) >= 0 ? 1 : 0.4 + 0.6 * share(image),
  );
  const open = Uint32Array.from(labels.keys()).filter((image) => (labels[image] ?? -1) < 0);
  return {
    inferred: Int32Array.from({ length: count }, (_, image) => {
      const label = labels[image] ?? -1;
      return label >= 0 ? label : Math.floor(share(image + 1) * classCount);
    }),
    confidence,
    accuracy: 0.87,
    queue: open.toSorted((a, b) => (confidence[a] ?? 0) - (confidence[b] ?? 0)),
  };
}

export function demoScores(count: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, image) => share(image + 2));
}

export function demoFindings(labels: readonly number[]): Findings {
  const labeled = [...labels.keys()].filter((image) => (labels[image] ?? -1) >= 0);
  return {
    widths: Uint32Array.from(labels, (_, image) => (image % 97 === 0 ? 24 : image % 89 === 0 ? 640 : 128)),
    heights: Uint32Array.from(labels, (_, image) => (image % 97 === 0 ? 24 : 128)),
    exact: [[1, 2], labeled.slice(0, 2), [labeled[3] ?? 0, labeled.at(-1) ?? 1]],
    near: [[20, 21, 22]],
    suspects: labeled
      .slice(5, 9)
      .map((image) => ({ image, label: labels[image] ?? 0, guess: 3, confidence: share(image) })),
  };
}
