/** One picture of the sample: `label` is null where it lies in `unlabeled`; `source` is its file in the npm package. */
export interface SamplePicture {
  path: string;
  className: string;
  label: string | null;
  source: string;
}
export function samplePictures(): SamplePicture[];
export function ensureSample(folder?: string): boolean;
