/** What was found against the pictures of a data set and their labels, for a person to judge. */
import type { PictureSizes } from '../../data/pictureSizes';
import type { Suspect } from '../../lcp/checks/suspectLabels';

export interface Findings extends PictureSizes {
  /** Groups of pictures with the same file content, and of such as are nearly the same to CLIP; each ascending. */
  exact: number[][];
  near: number[][];
  /** Labels that look wrong, the surest first; null where there are too few labels to tell. */
  suspects: Suspect[] | null;
}
