/**
 * Measurements in words and as tables: for the console, for files, and for tests that a number never stands without
 * what it is.
 */
import { writeCsv } from '../../formats/csv';
import { distanceName, type Evaluation, type GroupEvaluation, type DistanceEvaluation } from './evaluation';

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
const number = (value: number): string => Number(value.toPrecision(4)).toString();

/** "0.012 ± 0.001", or "not measured". */
export function kidInWords(kid: DistanceEvaluation['kid']): string {
  if (!kid) return 'not measured';
  return kid.standardError === null ? number(kid.mean) : `${number(kid.mean)} ± ${number(kid.standardError)}`;
}

/** What each number means to a person who never met it. */
export const meanings = {
  frechet:
    'How far the cloud of samples lies from the cloud of your pictures, in shape and place. 0 would be a perfect match; lower is better.',
  kid: 'Another distance between the two clouds, fair for few pictures too; near 0 is a match, and ± says how sure it is.',
  precision: 'Share of samples that look like they could be one of your pictures.',
  recall: 'Share of your pictures that the samples could stand for: variety.',
  density: 'How deep in the crowd of your pictures the samples lie; about 1 is as your own pictures.',
  coverage: 'Share of your pictures with a sample near by: what is not covered is never drawn.',
  accuracy:
    'Share of samples that a classifier, trained on your labels and not on CLIP, takes for the class they were asked to be.',
  copies: 'Samples nearer to one of your pictures than your pictures are to each other. 1% is chance.',
} as const;

/** The measurement as lines of text. */
export function describeEvaluation(found: Evaluation): string[] {
  const { featureNetwork: network, counts, classifier, copies } = found;
  const share = (value: number | null): string => (value === null ? 'not measured' : percent(value));
  return [
    `${distanceName(found)}: ${found.frechet === null ? 'not measured' : number(found.frechet)}`,
    `KID on ${network.name} features: ${kidInWords(found.kid)}`,
    `Precision ${share(found.precision)}, recall ${share(found.recall)}, density ${found.density === null ? 'not measured' : number(found.density)}, coverage ${share(found.coverage)} (k = ${found.k})`,
    classifier
      ? `Class accuracy (${classifier.name}): ${percent(classifier.accuracyOnSamples)} of ${classifier.samples} samples; ${percent(classifier.accuracyOnReals)} of ${classifier.heldOut} held-out reals, after ${classifier.trainedOn} labels`
      : `Class accuracy: not measured. ${found.classifierReason}`,
    copies
      ? `Copies: ${percent(copies.share)} of the samples (${copies.suspects}) lie closer to a training picture than ${percent(1 - copies.percentile)} of those lie to each other (1% by chance); ${copies.samePixels} of the nearest ${copies.pairs.length} are the same by their pixels.`
      : 'Copies: not measured.',
    ...groupLines('Class', found.perClass),
    ...groupLines('Cluster', found.perCluster),
    `${counts.samples} samples, ${counts.reals} reals of which ${counts.labeledReals} labeled, seed ${found.seed}. ${found.note}`,
  ];
}

function groupLines(kind: string, groups: readonly GroupEvaluation[]): string[] {
  return groups.map((group) => {
    const counts = `${kind} ${group.name} (${group.samples} samples, ${group.reals} reals)`;
    if (group.frechet === null) return `${counts}: not measured. ${group.reason}`;
    const accuracy = group.accuracy === null ? '' : `, accuracy ${percent(group.accuracy)}`;
    return `${counts}: FD ${number(group.frechet)}, KID ${kidInWords(group.kid)}, precision ${percent(group.precision ?? 0)}, recall ${percent(group.recall ?? 0)}${accuracy}`;
  });
}

const columns = [
  'kimg',
  'network',
  'group',
  'name',
  'reals',
  'samples',
  'frechet',
  'kid',
  'kid_standard_error',
  'precision',
  'recall',
  'density',
  'coverage',
  'accuracy',
  'accuracy_on_held_out_reals',
  'copy_share',
  'comparable_with_inception_fid',
  'seed',
];

/** A line a measurement, then one for each class and cluster of it. Empty cells are what was not measured. */
export function groupsCsv(history: readonly Evaluation[]): string {
  const distances = ({ frechet, kid, precision, recall, density, coverage }: DistanceEvaluation) => [
    frechet,
    kid?.mean,
    kid?.standardError,
    precision,
    recall,
    density,
    coverage,
  ];
  const rows = history.flatMap((found) => {
    const {
      kimg,
      featureNetwork: { name: network },
      counts,
      classifier,
      copies,
      seed,
    } = found;
    const group = (kind: string) => (each: GroupEvaluation) => [
      kimg,
      network,
      kind,
      each.name,
      each.reals,
      each.samples,
      ...distances(each),
      each.accuracy,
      undefined,
      undefined,
      undefined,
      seed,
    ];
    const whole = [
      kimg,
      network,
      'all',
      '',
      counts.reals,
      counts.samples,
      ...distances(found),
      classifier?.accuracyOnSamples,
      classifier?.accuracyOnReals,
      copies?.share,
      String(found.comparableWithInceptionFid),
      seed,
    ];
    return [whole, ...found.perClass.map(group('class')), ...found.perCluster.map(group('cluster'))];
  });
  return writeCsv(columns, rows);
}
