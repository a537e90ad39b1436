/**
 * Whether a judge stands outside the loop that it judges: not where it is the image tower that judges samples in
 * training; and with a caution where it inferred the run's labels, or learnt to see from the same pictures.
 */
/** What may be told of an image tower. */
export interface Eyes {
  /** SHA-256 of the file that holds it. */
  hash: string;
  /** Name of the pictures that it learnt from, where that is known. */
  trainedOn?: string | undefined;
}

/** The CLIPs of a run. */
export interface RunEyes {
  /** What looks at the pictures. */
  clip: Eyes;
  /** What judges samples in training; absent where that is `clip`. */
  critic?: Eyes | undefined;
}

export interface Standing {
  independent: boolean;
  /** What must be said beside the judge's name; empty where nothing must. */
  caution: string;
}

/** Of a CLIP that looked at a run's pictures while another one judged its samples. */
export const onlyLooked =
  'It inferred the labels of this run, but what it thinks of samples never reached the generator.';

/** @param run the CLIPs of the run that is judged; null where it has none, or they are not known */
export function standingOf(judge: Eyes, run: RunEyes | null): Standing {
  if (!run || judge.hash === '') return { independent: true, caution: '' };
  const trains = run.critic ?? run.clip;
  if (judge.hash === trains.hash)
    return {
      independent: false,
      caution: run.critic
        ? 'It judges the samples of this run in training: no fair judge.'
        : 'It is this run’s own CLIP, which trains the model: no fair judge.',
    };
  if (judge.hash === run.clip.hash) return { independent: true, caution: onlyLooked };
  if (judge.trainedOn !== undefined && judge.trainedOn === trains.trainedOn)
    return {
      independent: true,
      caution: `It learnt to see from ${judge.trainedOn}, as the CLIP of this run did: what that CLIP overlooks, it may overlook too.`,
    };
  return { independent: true, caution: '' };
}
