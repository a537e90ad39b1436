/** The options by which every command is given its pictures. */
import type { LabelsFrom } from '../data/interpret';
import { encodingNames, isTextEncoding, type TextEncoding } from '../data/reading/encodings';
import { UsageError } from './commandLine';

export const dataOptions = {
  data: { value: 'PATH', about: 'Folder or archive (zip, tar) of pictures: a folder for each class, and "unlabeled".' },
  'labels-from': {
    value: 'auto|folders|names',
    about: 'Where labels come from: label files, else folders; folders alone; the names of files.',
    default: 'auto',
  },
  names: { value: 'ENCODING', about: 'Encoding of names in a zip archive that are not Unicode.' },
} as const;

/** @throws UsageError */
export function readingOptions(values: { 'labels-from': string; names: string | undefined }): {
  labelsFrom: LabelsFrom;
  encoding: TextEncoding | undefined;
} {
  const from = values['labels-from'];
  if (from !== 'auto' && from !== 'folders' && from !== 'names')
    throw new UsageError(`--labels-from takes auto, folders or names, not "${from}".`);
  const { names } = values;
  if (names !== undefined && !isTextEncoding(names))
    throw new UsageError(`--names takes one of ${Object.keys(encodingNames).join(', ')}, not "${names}".`);
  return { labelsFrom: from, encoding: names };
}
