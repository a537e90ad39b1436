/**
 * `npm run words -- --data DIR` (`--help` lists the options): which words are found for clusters whose subject is known
 * (docs/evidence.md, "Words of clusters"). The folders of DIR are kinds, which `--merge` puts together into classes; a
 * row for each cluster tells of which kind most of its pictures are. Whether a word is right is for a person to say.
 */
import { writeFileSync } from 'node:fs';
import { readVocabulary } from '../session/knowledge/vocabularyFeatures';
import { RunControl } from '../session/run/runControl';
import { clipOptions } from './clipOptions';
import { describeClusters, divideClasses, randomClusters, widerClasses } from './clusterWordTrial';
import { numberOption, readOptions, runCommand, UsageError } from './commandLine';
import { dataOptions, readingOptions } from './dataOptions';
import { readLabeledFeatures } from './labeledFeatures';
import { nodePorts } from './nodePorts';

function wordOptions(args: readonly string[]) {
  const values = readOptions(
    {
      name: 'words --',
      purpose: 'The words that are found for clusters, beside the kind of picture that they are of.',
      options: {
        ...dataOptions,
        truth: {
          value: 'FILE.csv',
          about: 'True kinds of pictures that lie in no folder of their own: lines "path,kind".',
        },
        merge: {
          value: 'CLASS=FOLDERS',
          about: 'Folders, between commas, that are one class; the others stay together. Default: all are one class.',
          repeated: true,
        },
        random: { value: 'N', about: 'Random divisions of the same sizes that are tried beside.', default: '0' },
        seed: { value: 'N', about: 'Of the division into clusters.', default: '1' },
        clip: clipOptions.clip,
        json: { value: 'FILE', about: 'Where all is written.' },
      },
    },
    args,
  );
  const { data } = values;
  if (data === undefined) throw new UsageError('Where are the pictures? Give --data PATH.');
  return {
    ...values,
    data,
    reading: readingOptions(values),
    random: numberOption('random', values.random, { least: 0, whole: true }),
    seed: numberOption('seed', values.seed, { least: 0, whole: true }),
  };
}

async function main(): Promise<void> {
  const options = wordOptions(process.argv.slice(2));
  const ports = nodePorts(() => undefined);
  const { dataset, classes, features, model, frozen } = await readLabeledFeatures(ports, options);
  const vocabulary = await readVocabulary(ports, { model, frozen }, new RunControl());
  await frozen.close();
  if (!vocabulary) throw new UsageError(`${model.name} reads no words.`);
  const trial = {
    features,
    d: model.dim,
    kinds: dataset.labels,
    ...widerClasses(classes, options.merge),
    vocabulary,
    seed: options.seed,
  };
  const division = divideClasses(trial);
  const clusters = describeClusters(trial, division).map(({ kind, ...cluster }) => ({
    ...cluster,
    kind: classes[kind] ?? '',
  }));
  console.log('| class | pictures | most are | share | words |\n|---|---|---|---|---|');
  for (const { className, pictures, kind, share, words } of clusters)
    console.log(
      `| ${className} | ${Math.round(pictures)} | ${kind} | ${(100 * share).toFixed(0)}% | ${words.map(({ word }) => word).join(', ') || '(none)'} |`,
    );
  const random = options.random > 0 ? randomClusters(trial, division, options.random) : null;
  if (random) console.log(`Of ${random.clusters} random clusters ${random.speak} say a word.`);
  const { data, clip, seed, json } = options;
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ data, clip, seed, clusters, random }, null, 2)}\n`);
}

runCommand(main);
