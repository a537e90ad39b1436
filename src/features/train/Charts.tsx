/**
 * All panels of curves with their shared settings: smoothing, scale, and the stretch of the run that is shown. Redrawn a
 * few times a second at most. A stretch that is drawn in one panel is shown in all; a click looks back at that moment.
 */
import { useMemo, useState } from 'react';
import { usePreferences } from '../../state/preferencesContext';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { Card } from '../../ui/Card';
import type { ChartRange } from '../../ui/chart/LineChart';
import { Disclosure } from '../../ui/Disclosure';
import { formatCount } from '../../ui/format';
import { ScrollArea } from '../../ui/ScrollArea';
import { Segmented } from '../../ui/Segmented';
import { ChartPanel } from './ChartPanel';
import { healthPanel, panelsFor } from './chartPanels';
import { markLooks } from './runMarks';
import { useCurves, type Stretch } from './useCurves';
import { useEndedEarly } from './useEndedEarly';

const redrawMilliseconds = 300;
const lastShare = 0.1;

function Tools({ stretch, onStretch }: { stretch: Stretch; onStretch: (stretch: Stretch) => void }) {
  const { preferences, change } = usePreferences();
  return (
    <>
      <label className="flex items-center gap-2 text-xs text-muted">
        Smoothing
        <input
          type="range"
          min={0}
          max={0.99}
          step={0.01}
          value={preferences.smoothing}
          aria-valuetext={preferences.smoothing.toFixed(2)}
          onChange={(event) => change({ smoothing: Number(event.target.value) })}
          className="h-8 w-20 accent-accent"
        />
      </label>
      <Segmented
        label="Stretch of the run"
        options={[
          { value: 'all', label: 'All' },
          { value: 'last', label: 'Last tenth' },
        ]}
        value={stretch.kind}
        onChange={(kind) => onStretch(kind === 'all' ? { kind } : { kind: 'last', share: lastShare })}
      />
      <Segmented
        label="Scale of the curves"
        options={[
          { value: 'linear', label: 'Linear' },
          { value: 'log', label: 'Log' },
        ]}
        value={preferences.logScale ? 'log' : 'linear'}
        onChange={(scale) => change({ logScale: scale === 'log' })}
      />
    </>
  );
}

/** What the marks below the curves stand for. */
function Happenings() {
  const studio = useStudio();
  const markers = useStudioState((state) => state.run.markers);
  if (markers.length === 0) return null;
  return (
    <Disclosure
      className="mt-4"
      summary={<span className="text-xs font-medium text-muted">{`What happened (${markers.length})`}</span>}
    >
      <ScrollArea label="What happened in this run" className="max-h-64">
        <ol className="grid gap-1 text-xs">
          {markers.toReversed().map(({ iteration, kind, text }, i) => (
            <li key={markers.length - i} className="flex items-baseline gap-2">
              <span aria-hidden style={{ color: `var(${markLooks[kind].color})` }}>
                ▲
              </span>
              <button type="button" className="link numeric min-h-6 shrink-0" onClick={() => studio.lookAt(iteration)}>
                {`Iteration ${formatCount(iteration)}`}
              </button>
              <span className="min-w-0 wrap-anywhere">{text}</span>
            </li>
          ))}
        </ol>
      </ScrollArea>
    </Disclosure>
  );
}

export function Charts() {
  const endedEarly = useEndedEarly();
  const studio = useStudio();
  const [stretch, setStretch] = useState<Stretch>({ kind: 'all' });
  const { span, losses, health } = useCurves(stretch, redrawMilliseconds);
  const { preferences, resolvedTheme } = usePreferences();
  const markers = useStudioState((state) => state.run.markers);
  const moment = useStudioState((state) => state.run.moment);
  const names = losses.eventful.join();
  const panels = useMemo(() => panelsFor(names ? names.split(',') : []), [names]);
  const marks = useMemo(
    () => markers.map(({ iteration, kind }) => ({ iteration, color: markLooks[kind].color })),
    [markers],
  );
  const judged = healthPanel.series.filter(({ key }) => health.eventful.includes(key));
  const judgedNames = judged.map(({ key }) => key).join();
  const healthShown = useMemo(
    () => ({ ...healthPanel, series: healthPanel.series.filter(({ key }) => judgedNames.split(',').includes(key)) }),
    [judgedNames],
  );
  const shared = {
    smoothing: preferences.smoothing,
    logScale: preferences.logScale,
    theme: resolvedTheme,
    range: span,
    marks,
    moment,
    onZoom: (range: ChartRange | null) => setStretch(range ? { kind: 'fixed', ...range } : { kind: 'all' }),
    onPick: (iteration: number) => studio.lookAt(iteration),
  };
  return (
    <Card title="Curves" tools={panels.length > 0 && <Tools stretch={stretch} onStretch={setStretch} />}>
      {panels.length > 0 ? (
        <>
          {stretch.kind === 'fixed' && (
            <p className="mb-3 flex flex-wrap items-center gap-2 text-xs text-muted">
              {`Iterations ${formatCount(stretch.from)} to ${formatCount(stretch.to)}.`}
              <Button size="small" onPress={() => setStretch({ kind: 'all' })}>
                Show all
              </Button>
            </p>
          )}
          <div className="grid gap-x-8 gap-y-6 xl:grid-cols-2">
            {panels.map((panel) => (
              <ChartPanel key={panel.id} panel={panel} curves={losses} {...shared} />
            ))}
            {judged.length > 0 && <ChartPanel panel={healthShown} curves={health} {...shared} />}
          </div>
          <Happenings />
        </>
      ) : (
        <p className="grid min-h-48 place-items-center rounded-control bg-sunken px-4 text-center text-sm text-muted">
          {endedEarly ? 'There are none: the run ended before training began.' : 'Losses appear with the first steps.'}
        </p>
      )}
    </Card>
  );
}
