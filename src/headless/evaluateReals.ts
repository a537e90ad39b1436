/**
 * The pictures that a checkpoint is measured against: those that its run was trained on, read as that run read them, or
 * an error that says where they differ.
 */
import type { Checkpoint } from '../lcp/checkpoint/checkpoint';
import { importDataset } from '../session/run/importDataset';
import { StudioError } from '../shared/errors';
import { matteName, white } from '../shared/matte';
import type { Reals } from './evaluateNode';
import { nodePorts } from './nodePorts';
import { readFolder, type ReadFolderOptions } from './readFolder';
import { readTrueClasses } from './truth';

type Trained = Pick<Checkpoint, 'config' | 'classes' | 'imageHashes' | 'matte'>;

/**
 * What transparent parts are laid over: what the run knew them on. Another colour would give other pictures.
 * @throws StudioError where another one is asked for
 */
function matteOf(asked: ReadFolderOptions['matte'], { matte }: Trained): ReadFolderOptions['matte'] {
  if (asked === undefined || matte === undefined || asked === matte) return asked ?? matte;
  throw new StudioError({
    code: 'format',
    what: `This run had the transparent parts of its pictures laid over ${matteName(matte)}, not ${matteName(asked)}.`,
    why: 'Its samples are measured against the pictures that it was trained on.',
    action: `Leave --matte away, or give --matte ${matteName(matte)}.`,
  });
}

/**
 * @param truthFile true classes of pictures, as `--truth` takes them
 * @throws StudioError where the pictures are not those of the checkpoint
 */
export async function readReals(
  data: string,
  how: ReadFolderOptions,
  truthFile: string | undefined,
  checkpoint: Trained,
): Promise<Reals & { notes: string[] }> {
  const matte = matteOf(how.matte, checkpoint);
  const { reading, items } = await readFolder(data, how);
  const dataset = await importDataset(
    nodePorts(() => undefined),
    reading.classes,
    items,
    checkpoint.config.resolution,
    new AbortController().signal,
    { matte },
  );
  if (checkpoint.imageHashes && checkpoint.imageHashes.join() !== dataset.hashes.join()) {
    throw new StudioError({
      code: 'format',
      what: `${data} does not hold the pictures that this run was trained on.`,
      why: 'Their contents or their order differ.',
      action: 'Give the folder of the run with --data.',
    });
  }
  const unsaid = matte === undefined && dataset.summary.noted?.transparent;
  const notes = unsaid
    ? [
        `Pictures have transparent parts, and this checkpoint does not say what they were laid over: ${matteName(white)} is taken. Give --matte COLOUR if the run had another.`,
      ]
    : [];
  if (truthFile === undefined) return { pixels: dataset.pixels, notes };
  const paths = items.map(({ path }) => path);
  const truth = readTrueClasses(truthFile, paths, checkpoint.classes);
  const named = (path: string, label: number): number =>
    truth.has(path) ? checkpoint.classes.indexOf(truth.get(path) ?? '') : label;
  return {
    pixels: dataset.pixels,
    truth: Int32Array.from(dataset.items, ({ path, label }) => named(path, label)),
    notes,
  };
}
