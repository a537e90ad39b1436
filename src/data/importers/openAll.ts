/** Everything that is opened among the files of a drop: archives, and what arrays and sheets of pictures are in them. */
import { mayBeAtlas, readAtlases } from '../sheets/readAtlases';
import type { SheetCutter } from '../sheets/sheetWork';
import type { WalkSink } from '../walkTree';
import { readArrays } from './arrays';
import { Budget } from './budget';
import { Expander, type PathFile } from './expand';

type Collecting = WalkSink & { readonly files: PathFile[] };

/**
 * @param opened collects the files of archives, and those that are none; @param made pictures of arrays and sheets
 * @param cutter cuts sheets; without it they stay whole
 */
export async function openAll(
  files: readonly PathFile[],
  opened: Collecting,
  made: Collecting,
  cutter: SheetCutter | undefined,
): Promise<PathFile[]> {
  const atlases = new Set<File>();
  const look = (file: File, head: Uint8Array): void => void (mayBeAtlas(head) && atlases.add(file));
  await new Expander(opened, new Budget(), look).expand(files);
  const rest = await readAtlases(await readArrays(opened.files, made), atlases, made, cutter);
  return [...rest, ...made.files];
}
