/**
 * Whether a judge stands outside the loop that it judges: not where it is the image tower that judges samples in
 * training; and with a caution where it inferred the run's labels, judged parts of samples, or learnt to see from the
 * same pictures.
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
  /** Whether heads look into `clip` in training, beside another critic, and judge parts of samples. */
  parts?: boolean;
}

export interface Standing {
  independent: boolean;
  /** What must be said beside the judge's name; empty where nothing must. */
  caution: string;
}

/** Of a CLIP that looked at a run's pictures while another one judged its samples. */
export const onlyLooked =
  'It inferred the labels of this run, but what it thinks of samples never reached the generator.';

/** Of a CLIP into which heads looked while another one judged whole samples. */
export const judgesParts =
  'It inferred the labels of this run, and parts of samples are judged inside it in training: its numbers look better than they are. They compare moments of this run, and runs with the same settings.';

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
  if (judge.hash === run.clip.hash) return { independent: true, caution: run.parts ? judgesParts : onlyLooked };
  const schools = [trains.trainedOn, ...(run.parts ? [run.clip.trainedOn] : [])];
  if (judge.trainedOn !== undefined && schools.includes(judge.trainedOn))
    return {
      independent: true,
      caution: `It learnt to see from ${judge.trainedOn}, as the CLIP of this run did: what that CLIP overlooks, it may overlook too.`,
    };
  return { independent: true, caution: '' };
}
