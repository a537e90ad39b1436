/** Runs beside each other: a curve each on one chart, their newest samples, and the settings in which they differ. */
import { useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { KeptRun } from '../../session/saving/shelfRunStore';
import type { RunRecord } from '../../session/saving/runRecord';
import { allFields } from '../../state/configFields';
import { runName } from '../../state/libraryState';
import { usePreferences } from '../../state/preferencesContext';
import { formatKimg } from '../../shared/kimg';
import { Card } from '../../ui/Card';
import { LineChart } from '../../ui/chart/LineChart';
import { spread } from '../../ui/chart/smoothing';
import { Disclosure } from '../../ui/Disclosure';
import { formatCount, formatValue } from '../../ui/format';
import { drawGrid, layoutGrid } from '../../ui/sampleDrawing';
import { NumberTable } from '../../ui/NumberTable';
import { ScrollArea } from '../../ui/ScrollArea';
import { clipDifferences, clipNames, configDifferences, overlaid, sharedStatistics } from './compareRuns';

interface Compared {
  run: KeptRun;
  record: RunRecord;
}

const statisticNames: Record<string, string> = {
  lossD: 'Loss of the discriminator',
  lossG: 'Loss of the generator',
  realLogit: 'Pixel discriminator, real',
  fakeLogit: 'Pixel discriminator, generated',
  clipReal: 'CLIP critic, real',
  clipFake: 'CLIP critic, generated',
};
const color = (i: number): string => `--series-${(i % 6) + 1}`;

function Charts({ chosen }: { chosen: readonly Compared[] }) {
  const id = useId();
  const { resolvedTheme } = usePreferences();
  const records = chosen.map(({ record }) => record);
  const statistics = sharedStatistics(records);
  const [wanted, setWanted] = useState('lossG');
  const statistic = statistics.includes(wanted) ? wanted : (statistics[0] ?? '');
  const { pictures, curves } = overlaid(records, statistic);
  const lines = curves.map((curve, i) => ({
    name: chosen[i]?.run.id ?? '',
    color: color(i),
    raw: curve,
    smoothed: curve,
    visible: true,
  }));
  return (
    <div className="min-w-0">
      <div className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        <label htmlFor={id} className="font-semibold">
          Curve
        </label>
        <select
          id={id}
          className="min-h-8 rounded-control border border-line-strong bg-raised px-2"
          value={statistic}
          onChange={(event) => setWanted(event.target.value)}
        >
          {statistics.map((each) => (
            <option key={each} value={each}>
              {statisticNames[each] ?? each}
            </option>
          ))}
        </select>
        <ul className="flex flex-wrap gap-x-3" aria-label="Colors">
          {chosen.map(({ run }, i) => (
            <li key={run.id} className="flex items-center gap-1.5 text-xs">
              <span aria-hidden className="h-1 w-3.5 rounded-full" style={{ background: `var(${color(i)})` }} />
              {runName(run)}
            </li>
          ))}
        </ul>
      </div>
      <LineChart
        iterations={pictures}
        lines={lines}
        logScale={false}
        height={220}
        syncKey="compare"
        theme={resolvedTheme}
        onCursor={() => undefined}
      />
      <p className="text-xs text-muted">Over the number of pictures that the networks have been shown.</p>
      <Disclosure summary={<span className="text-xs font-medium text-muted">As a table</span>}>
        <NumberTable
          caption="Curves as a table"
          columns={['Pictures shown', ...chosen.map(({ run }) => runName(run))]}
          rows={spread(pictures.length, 20).map((at) => ({
            key: at,
            head: formatCount(pictures[at] ?? 0),
            cells: curves.map((curve) => formatValue(curve[at])),
          }))}
        />
      </Disclosure>
    </div>
  );
}

function Samples({ run, record }: Compared) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { grid, slots } = record;
  const layout = useMemo(
    () =>
      grid &&
      layoutGrid(
        360,
        grid.columns,
        grid.rows.map((slot) => slots[slot]?.classIndex ?? slot),
      ),
    [grid, slots],
  );
  useLayoutEffect(() => {
    if (!canvas.current || !grid || !layout) return;
    const { columns, rows, size, rgba } = grid;
    const tiles = { columns, rows: rows.length, size, rgba: new Uint8ClampedArray(rgba) };
    drawGrid(canvas.current, tiles, layout, window.devicePixelRatio || 1);
  }, [grid, layout]);
  const name = runName(run);
  return (
    <figure className="min-w-0">
      <figcaption className="mb-1 text-sm">
        <span className="font-semibold">{name}</span>{' '}
        <span className="numeric text-xs text-muted">
          {grid ? `iteration ${formatCount(grid.iteration)} · seed ${run.config.seed}` : 'no samples were kept'}
        </span>
      </figcaption>
      {grid && layout && (
        <canvas
          ref={canvas}
          data-testid="compared-grid"
          // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
          role="img"
          aria-label={`Samples of ${name}: ${grid.rows.length} clusters by ${grid.columns} fixed seeds`}
          className="pixelated max-w-full"
          style={{ width: layout.width, height: layout.height }}
        />
      )}
    </figure>
  );
}

function Settings({ chosen }: { chosen: readonly Compared[] }) {
  const runs = chosen.map(({ run }) => run);
  const differences = [...clipDifferences(runs), ...configDifferences(runs.map(({ config }) => config))];
  const fields = runs.flatMap(({ config }) => allFields(config));
  const names = new Map([...clipNames, ...fields.map(({ path, label }) => [path, label] as const)]);
  const shown = (value: unknown): string => (value === undefined ? '–' : String(value));
  if (differences.length === 0) return <p className="text-sm text-muted">All settings are the same.</p>;
  return (
    <ScrollArea label="Settings that differ" className="rounded-control border border-line">
      <table className="w-full text-sm">
        <thead>
          <tr className="bg-sunken">
            <th scope="col" className="px-3 py-1.5 text-start font-semibold">
              Setting
            </th>
            {chosen.map(({ run }) => (
              <th key={run.id} scope="col" className="px-3 py-1.5 text-start font-semibold">
                {runName(run)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {differences.map(({ path, values }) => (
            <tr key={path} className="border-t border-line">
              <th scope="row" className="px-3 py-1 text-start font-normal" title={path}>
                {names.get(path) ?? path}
              </th>
              {values.map((value, i) => (
                <td key={chosen[i]?.run.id} className="numeric px-3 py-1">
                  {shown(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

/** How far a run came: a name that the studio gave it says so itself. */
const reached = (run: KeptRun): string =>
  run.name === null ? runName(run) : `${runName(run)}: ${formatKimg(run.kimg)}`;

/** What no setting says: which runs did not begin with noise. */
function Origins({ chosen }: { chosen: readonly Compared[] }) {
  return chosen.map(
    ({ run }) =>
      run.title?.origin && (
        <p key={run.id} className="mt-2 text-sm text-muted">
          {`${runName(run)} began with the networks of ${run.title.origin}.`}
        </p>
      ),
  );
}

export function CompareRuns({ chosen }: { chosen: readonly Compared[] }) {
  const sameSeed = new Set(chosen.map(({ run }) => run.config.seed)).size === 1;
  return (
    <Card title="Comparison" note={chosen.map(({ run }) => reached(run)).join(' · ')}>
      <div className="grid gap-6">
        <Charts chosen={chosen} />
        <section aria-label="Samples">
          <h3 className="text-sm font-semibold">Samples</h3>
          <p className="mb-3 text-xs text-muted">
            {sameSeed
              ? 'A column is the same random start in every run that has the same base model.'
              : 'The runs have different seeds: their columns do not correspond.'}
          </p>
          <div className="flex flex-wrap gap-6">
            {chosen.map((each) => (
              <Samples key={each.run.id} {...each} />
            ))}
          </div>
        </section>
        <section aria-label="Settings">
          <h3 className="mb-2 text-sm font-semibold">Settings that differ</h3>
          <Settings chosen={chosen} />
          <Origins chosen={chosen} />
        </section>
      </div>
    </Card>
  );
}
