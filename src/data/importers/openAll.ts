/** Everything that is opened among the files of a drop: archives, and what arrays of pictures are in them. */
import type { WalkSink } from '../walkTree';
import { readArrays } from './arrays';
import { Budget } from './budget';
import { Expander, type PathFile } from './expand';

type Collecting = WalkSink & { readonly files: PathFile[] };

/** @param opened collects the files of archives, and those that are none; @param made pictures of arrays */
export async function openAll(files: readonly PathFile[], opened: Collecting, made: Collecting): Promise<PathFile[]> {
  await new Expander(opened, new Budget()).expand(files);
  const rest = await readArrays(opened.files, made);
  return [...rest, ...made.files];
}
