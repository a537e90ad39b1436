/** The options by which every command is given its pictures. */
import * as v from 'valibot';
import { matteSchema, namedMattes, type Matte } from '../shared/matte';
import { smallestCell, type CellLayout } from '../data/sheets/cellLayout';
import { encodingNames, isTextEncoding } from '../data/reading/encodings';
import { UsageError } from './commandLine';
import type { ReadFolderOptions } from './readFolder';

export const dataOptions = {
  data: { value: 'PATH', about: 'Folder or archive (zip, tar) of pictures: a folder for each class, and "unlabeled".' },
  'labels-from': {
    value: 'auto|folders|names',
    about: 'Where labels come from: label files, else folders; folders alone; the names of files.',
    default: 'auto',
  },
  trait: {
    value: 'NAME',
    about: 'Where a table says of several traits which pictures have them: the one that the two classes are made of.',
  },
  copies: {
    value: 'keep|leave-out',
    about: 'Files that are there more than once; left out, one of each is kept, and contradicting labels do not count.',
    default: 'keep',
  },
  matte: {
    value: 'COLOUR',
    about: `What transparent parts are laid over: ${Object.keys(namedMattes).join(', ')} or #rrggbb; default: white.`,
  },
  cells: {
    value: 'WxH+GAP+EDGE',
    about:
      'Pictures that are larger are sheets: cut them into pictures of so many pixels, with so many between them and around them all (0 where it is not said).',
  },
  names: { value: 'ENCODING', about: 'Encoding of names in a zip archive that are not Unicode.' },
} as const;

/** Of commands that keep labels back. */
export const truthOption = {
  value: 'FILE.csv',
  about: 'True classes of pictures that lie in no class folder: lines "path,class".',
} as const;

/** @throws UsageError */
export function readingOptions(values: {
  'labels-from': string;
  trait: string | undefined;
  copies: string;
  matte: string | undefined;
  cells: string | undefined;
  names: string | undefined;
}): ReadFolderOptions {
  const from = values['labels-from'];
  if (from !== 'auto' && from !== 'folders' && from !== 'names')
    throw new UsageError(`--labels-from takes auto, folders or names, not "${from}".`);
  const { copies, names, trait } = values;
  if (trait !== undefined && from !== 'auto')
    throw new UsageError(`--trait says where labels come from; give it without --labels-from ${from}.`);
  if (copies !== 'keep' && copies !== 'leave-out')
    throw new UsageError(`--copies takes keep or leave-out, not "${copies}".`);
  if (names !== undefined && !isTextEncoding(names))
    throw new UsageError(`--names takes one of ${Object.keys(encodingNames).join(', ')}, not "${names}".`);
  return {
    matte: values.matte === undefined ? undefined : matteOf(values.matte),
    labelsFrom: from,
    trait,
    encoding: names,
    cells: values.cells === undefined ? undefined : cellsOf(values.cells),
    leaveOutCopies: copies === 'leave-out',
  };
}

function cellsOf(value: string): CellLayout {
  const [width = 0, height = 0, gap = 0, edge = 0] = /^\d{1,5}x\d{1,5}(?:\+\d{1,4}){0,2}$/.test(value)
    ? value.split(/[x+]/).map(Number)
    : [];
  if (Math.min(width, height) >= smallestCell) return { width, height, gap, edge };
  throw new UsageError(
    `--cells takes width and height in pixels, such as 32x32, of ${smallestCell} or more, and what lies between and around, such as 32x32+2+1; not "${value}".`,
  );
}

function matteOf(value: string): Matte {
  const named = Object.entries(namedMattes).find(([name]) => name === value)?.[1];
  const matte = v.safeParse(matteSchema, named ?? value.toLowerCase());
  if (matte.success) return matte.output;
  throw new UsageError(`--matte takes ${Object.keys(namedMattes).join(', ')} or a colour as #rrggbb, not "${value}".`);
}
