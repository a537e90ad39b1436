/** What a user wants to see beside the samples of the moving average. Changes while a run is going on. */
export interface Watching {
  /** The same samples by the weights as they are. */
  raw: boolean;
}
