/**
 * Whether a judge stands outside the loop that it judges: not where it is the image tower of the run's own CLIP, which
 * trains the generator; and with a caution where both learnt to see from the same pictures.
 */
/** What may be told of an image tower. */
export interface Eyes {
  /** SHA-256 of the file that holds it. */
  hash: string;
  /** Name of the pictures that it learnt from, where that is known. */
  trainedOn?: string | undefined;
}

export interface Standing {
  independent: boolean;
  /** What must be said beside the judge's name; empty where nothing must. */
  caution: string;
}

/** @param clip the CLIP of the run that is judged; null where it has none, or it is not known */
export function standingOf(judge: Eyes, clip: Eyes | null): Standing {
  if (clip && clip.hash !== '' && judge.hash === clip.hash)
    return { independent: false, caution: 'It is this run’s own CLIP, which trains the model: no fair judge.' };
  if (clip && judge.trainedOn !== undefined && judge.trainedOn === clip.trainedOn)
    return {
      independent: true,
      caution: `It learnt to see from ${judge.trainedOn}, as the CLIP of this run did: what that CLIP overlooks, it may overlook too.`,
    };
  return { independent: true, caution: '' };
}
