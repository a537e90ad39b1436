/** A map of what a run knows, as the page is given it. */
export interface ClusterMap {
  /** Numbers a point: the first two are the plane, all of them what a better plane is made of. */
  dimensions: number;
  /** [N, dimensions] */
  pictures: Float32Array;
  /** Heaviest slot of each picture, -1 for none, [N]. */
  slots: Int32Array;
  /** [S, dimensions]; null where prompts are the pictures' own means. */
  prompts: Float32Array | null;
  /** Where prompts lay each time that they were learnt, oldest first; their slots are those of then. */
  past: { iteration: number; prompts: Float32Array }[];
  /** [samples, dimensions], and the slot that each was drawn for. */
  samples: Float32Array;
  sampleSlots: Int32Array;
}
