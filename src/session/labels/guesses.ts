/** What is told to a person who labels, about every picture; arrays in the order of the pictures. */
export interface Guesses {
  /** The likely class, -1 where nothing is known; the given one where there is a label. */
  inferred: Int32Array<ArrayBuffer>;
  /** p of it, in [0, 1]. */
  confidence: Float32Array<ArrayBuffer>;
  /** Share of labels that were recognised when they were held back; null where there are too few. */
  accuracy: number | null;
  /** Pictures without a label, the one whose label is worth most first. */
  queue: Uint32Array<ArrayBuffer>;
}
