/**
 * Measurements over the run as a chart with a table behind it. Only those of one judge and one number of samples are
 * joined: others cannot be compared.
 */
import { useMemo } from 'react';
import { distanceName, type Evaluation } from '../../session/evaluation/evaluation';
import { kidInWords } from '../../session/evaluation/evaluationReport';
import { usePreferences } from '../../state/preferencesContext';
import { formatKimg } from '../../shared/kimg';
import { LineChart, type ChartLine } from '../../ui/chart/LineChart';
import { Disclosure } from '../../ui/Disclosure';
import { formatCount, formatShare, formatValue } from '../../ui/format';
import { NumberTable } from '../../ui/NumberTable';

/** Those that may be compared with the newest, in the order of training. */
export function comparable(evaluations: readonly Evaluation[]): Evaluation[] {
  const newest = evaluations.at(-1);
  if (!newest) return [];
  const same = (each: Evaluation): boolean =>
    each.featureNetwork.hash === newest.featureNetwork.hash &&
    each.featureNetwork.inputSize === newest.featureNetwork.inputSize &&
    each.counts.samples === newest.counts.samples;
  return evaluations.filter(same).toSorted((a, b) => (a.kimg ?? 0) - (b.kimg ?? 0));
}

const ignore = () => undefined;

function Table({ evaluations }: { evaluations: readonly Evaluation[] }) {
  const rows = evaluations.map((each) => ({
    key: each.created,
    head: each.kimg === null ? '' : formatKimg(each.kimg),
    cells: [
      each.featureNetwork.name,
      formatCount(each.counts.samples),
      formatValue(each.frechet),
      kidInWords(each.kid),
      formatShare(each.precision ?? 0),
      formatShare(each.recall ?? 0),
      each.classifier ? formatShare(each.classifier.accuracyOnSamples) : 'not measured',
    ],
  }));
  return (
    <NumberTable
      caption="All measurements of this run"
      label="All measurements"
      columns={['Training', 'Judge', 'Samples', 'FD', 'KID', 'Precision', 'Recall', 'Right class']}
      rows={rows}
    />
  );
}

export function MetricsHistory({ evaluations }: { evaluations: readonly Evaluation[] }) {
  const { resolvedTheme } = usePreferences();
  const shown = useMemo(() => comparable(evaluations), [evaluations]);
  const pictures = useMemo(() => shown.map(({ kimg }) => Math.round(1000 * (kimg ?? 0))), [shown]);
  const lines = useMemo<ChartLine[]>(() => {
    const values = shown.map(({ frechet }) => frechet);
    return [{ name: 'frechet', color: '--series-1', raw: values, smoothed: values, visible: true }];
  }, [shown]);
  const newest = evaluations.at(-1);
  if (evaluations.length < 2 || !newest) return null;
  return (
    <section aria-label="Measurements over the run" className="min-w-0">
      <h3 className="text-sm font-semibold">{distanceName(newest)} over the run</h3>
      {shown.length > 1 && (
        <LineChart
          iterations={pictures}
          lines={lines}
          logScale={false}
          height={168}
          syncKey="measurements"
          theme={resolvedTheme}
          onCursor={ignore}
        />
      )}
      <p className="mt-1 text-xs text-muted">
        Lower is better; across: pictures shown to the discriminator.{' '}
        {shown.length < evaluations.length &&
          'Measurements with another judge or number of samples cannot be joined and stand in the table only.'}
      </p>
      <Disclosure summary={<span className="text-xs font-medium text-muted">As a table</span>}>
        <Table evaluations={evaluations} />
      </Disclosure>
    </section>
  );
}
