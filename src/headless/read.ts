/** How a folder or archive is read, pictures decoded: for `npm run read` (readCommand.ts) and its tests. */
import { addNotes, decodePictures, type BrokenPicture } from '../data/decodePictures';
import { findDuplicates, renewReading } from '../data/renewReading';
import type { Noted } from '../shared/domain';
import { readOptions, UsageError } from './commandLine';
import { dataOptions, readingOptions } from './dataOptions';
import { NodeDecoder } from './nodeDecoder';
import { readFolder } from './readFolder';

/** Small: only whether a picture decodes is of interest. */
const EDGE = 8;

export interface ReadReport {
  classes: string[];
  labeledPerClass: Record<string, number>;
  unlabeled: number;
  leftOut: readonly { path: string; reason: string }[];
  warnings: { code: string; text: string }[];
  sentence: string;
}

/** Reads and decodes everything at a path. */
export async function readReport(path: string, options: Parameters<typeof readFolder>[1] = {}): Promise<ReadReport> {
  const { reading, items } = await readFolder(path, options);
  const decoder = new NodeDecoder();
  const labels: number[] = [];
  const hashes: string[] = [];
  const noted: Noted = {};
  const broken: BrokenPicture[] = await decodePictures(
    items,
    decoder,
    { training: EDGE, clip: null, matte: options.matte },
    (index, picture) => {
      labels.push(items[index]?.label ?? -1);
      hashes.push(picture.hash);
      addNotes(noted, picture, items[index]?.path ?? '');
    },
  );
  decoder.close();
  const renewed = renewReading(reading, {
    broken,
    labels,
    duplicates: findDuplicates(labels, hashes),
    noted,
    matte: options.matte,
  });
  return {
    classes: reading.classes,
    labeledPerClass: Object.fromEntries(
      reading.classes.map((name, index) => [name, renewed.labeledPerClass[index] ?? 0]),
    ),
    unlabeled: renewed.unlabeledCount,
    leftOut: renewed.ignored,
    warnings: renewed.warnings.map(({ code, text, why, action }) => ({
      code,
      text: [text, why, action].filter(Boolean).join(' '),
    })),
    sentence: renewed.sentence,
  };
}

/** @throws UsageError, HelpRequest */
export function readArguments(args: readonly string[]) {
  const [first, ...rest] = args;
  const bare = first !== undefined && !first.startsWith('--');
  const values = readOptions(
    {
      name: 'read -- PATH',
      purpose: 'Says how a folder or archive of pictures is read, without training.',
      options: {
        ...dataOptions,
        json: { about: 'Print one line of JSON.' },
      },
    },
    bare ? rest : args,
  );
  const path = bare ? first : values.data;
  if (path === undefined)
    throw new UsageError('Which pictures? Give the path of a folder, or of a zip or tar archive.');
  return { path, json: values.json, reading: readingOptions(values) };
}

export function describe({ sentence, classes, labeledPerClass, unlabeled, leftOut, warnings }: ReadReport): string {
  return [
    sentence,
    ...classes.map((name) => `  ${name}: ${labeledPerClass[name] ?? 0}`),
    ...(unlabeled > 0 ? [`  without a label: ${unlabeled}`] : []),
    ...warnings.map(({ text }) => `\n${text}`),
    ...(leftOut.length > 0 ? ['\nLeft out:', ...leftOut.map(({ path, reason }) => `  ${path}: ${reason}`)] : []),
  ].join('\n');
}
