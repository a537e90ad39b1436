/**
 * One measurement in full: each number with what it means and on what it stands, classes and clusters in tables, and
 * the nearest pairs of sample and real.
 */
import { distanceName, type Evaluation, type GroupEvaluation } from '../../session/evaluation/evaluation';
import { kidInWords, meanings } from '../../session/evaluation/evaluationReport';
import { formatKimg } from '../../shared/kimg';
import { Disclosure } from '../../ui/Disclosure';
import { formatCount, formatShare, formatValue } from '../../ui/format';
import { NumberTable } from '../../ui/NumberTable';
import { MetricsCopies } from './MetricsCopies';

interface Fact {
  name: string;
  value: string;
  meaning: string;
}

const share = (value: number | null): string => (value === null ? 'not measured' : formatShare(value));

export function factsOf(found: Evaluation): Fact[] {
  const { classifier, copies, featureNetwork } = found;
  const facts: Fact[] = [
    {
      name: distanceName(found),
      value: found.frechet === null ? 'not measured' : formatValue(found.frechet),
      meaning: meanings.frechet,
    },
    { name: `KID on ${featureNetwork.name} features`, value: kidInWords(found.kid), meaning: meanings.kid },
    { name: 'Precision', value: share(found.precision), meaning: meanings.precision },
    { name: 'Recall', value: share(found.recall), meaning: meanings.recall },
    {
      name: 'Density',
      value: found.density === null ? 'not measured' : formatValue(found.density),
      meaning: meanings.density,
    },
    { name: 'Coverage', value: share(found.coverage), meaning: meanings.coverage },
  ];
  facts.push({
    name: 'Right class',
    value: classifier ? formatShare(classifier.accuracyOnSamples) : 'not measured',
    meaning: classifier
      ? `${meanings.accuracy} It is right on ${formatShare(classifier.accuracyOnReals)} of ${formatCount(classifier.heldOut)} of your pictures that it never saw.`
      : found.classifierReason,
  });
  if (copies) facts.push({ name: 'Suspected copies', value: formatShare(copies.share), meaning: meanings.copies });
  return facts;
}

function Facts({ found }: { found: Evaluation }) {
  return (
    <dl className="grid gap-x-6 gap-y-4 sm:grid-cols-2">
      {factsOf(found).map(({ name, value, meaning }) => (
        <div key={name}>
          <dt className="text-xs text-muted">{name}</dt>
          <dd className="numeric text-lg font-semibold">{value}</dd>
          <dd className="text-xs text-muted">{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}

const columns = ['Reals', 'Samples', 'FD', 'KID', 'Precision', 'Recall', 'Right class'];

function cells(group: GroupEvaluation): string[] {
  const counts = [formatCount(group.reals), formatCount(group.samples)];
  const accuracy = group.accuracy === null ? '' : formatShare(group.accuracy);
  if (group.frechet === null) return [...counts, 'too few', '', '', '', accuracy];
  return [
    ...counts,
    formatValue(group.frechet),
    kidInWords(group.kid),
    share(group.precision),
    share(group.recall),
    accuracy,
  ];
}

function Groups({ title, groups }: { title: string; groups: readonly GroupEvaluation[] }) {
  if (groups.length === 0) return null;
  const rows = groups.map((group) => ({
    key: group.index,
    head: group.name,
    cells: cells(group),
    title: group.reason,
  }));
  return (
    <Disclosure summary={title}>
      <NumberTable caption={title} columns={['Name', ...columns]} rows={rows} names />
    </Disclosure>
  );
}

export function MetricsResult({ found }: { found: Evaluation }) {
  return (
    <div className="grid gap-4" data-testid="evaluation">
      <h3 className="text-sm font-semibold">
        {found.kimg === null ? 'Measured' : `Measured at ${formatKimg(found.kimg)}`}
      </h3>
      <Facts found={found} />
      <p className="text-sm">{found.note}</p>
      <div className="grid gap-2">
        <Groups title="Class by class" groups={found.perClass} />
        <Groups title="Cluster by cluster" groups={found.perCluster} />
        <MetricsCopies copies={found.copies} />
      </div>
    </div>
  );
}
