/** Two moments side by side: A, which was held, and B, which follows the timeline; their grids and their numbers. */
import { useState } from 'react';
import { useStudio, useStudioState } from '../../state/studioContext';
import { formatKimg } from '../../shared/kimg';
import { formatCount, formatValue } from '../../ui/format';
import { NumberTable } from '../../ui/NumberTable';
import { chartPanels } from './chartPanels';
import { GridCanvas } from './GridCanvas';
import { useClustersOf, useFrame } from './useMoment';

const compared = chartPanels.flatMap(({ title, series }) =>
  series.map(({ key, label }) => ({ key, label: `${title}: ${label}` })),
);
const ignore = () => undefined;

function Side({ name, iteration }: { name: string; iteration: number | null }) {
  const frame = useFrame(iteration);
  const clusters = useClustersOf(frame);
  if (!frame) return null;
  return (
    <figure className="min-w-0">
      <figcaption className="numeric mb-2 text-sm">
        <strong>{name}</strong> · iteration {formatCount(frame.iteration)} · {formatKimg(frame.kimg)}
      </figcaption>
      <GridCanvas
        frame={frame}
        rgba={frame.rgba}
        clusters={clusters}
        selected={null}
        onSelect={ignore}
        onOpen={ignore}
        testId={`compared-${name}`}
      />
    </figure>
  );
}

/** The statistics at an iteration, as they were measured then: the point nearest before it. */
function useStatsAt(iteration: number | null): (key: string) => number | null {
  const studio = useStudio();
  useStudioState((state) => state.run.seriesRevision);
  const curves = studio.series.view(iteration === null ? null : { from: iteration, to: iteration }, 4096);
  const at =
    iteration === null ? curves.iterations.length - 1 : curves.iterations.findLastIndex((each) => each <= iteration);
  return (key) => curves.values(key)[at] ?? null;
}

export function Compare({ a }: { a: number }) {
  const b = useStudioState((state) => state.run.moment);
  const [statsA, statsB] = [useStatsAt(a), useStatsAt(b)];
  const [numbers, setNumbers] = useState(false);
  const rows = compared.filter(({ key }) => statsA(key) !== null || statsB(key) !== null);
  return (
    <div className="grid gap-4 pb-3" data-testid="compare">
      <div className="grid gap-6 lg:grid-cols-2">
        <Side name="A" iteration={a} />
        <Side name="B" iteration={b} />
      </div>
      <details open={numbers} onToggle={(event) => setNumbers(event.currentTarget.open)}>
        <summary className="min-h-8 text-xs font-medium text-muted">Their numbers</summary>
        {numbers && (
          <NumberTable
            caption="Numbers of A and B"
            columns={['Statistic', 'A', 'B']}
            rows={rows.map(({ key, label }) => ({
              key,
              head: label,
              cells: [formatValue(statsA(key)), formatValue(statsB(key))],
            }))}
            names
          />
        )}
      </details>
    </div>
  );
}
