/** All panels of curves with their shared settings: smoothing and scale. Redrawn a few times a second at most. */
import { useMemo } from 'react';
import { usePreferences } from '../../state/preferencesContext';
import { Card } from '../../ui/Card';
import { Segmented } from '../../ui/Segmented';
import { ChartPanel } from './ChartPanel';
import { panelsFor } from './chartPanels';
import { useCurves } from './useCurves';

const redrawMilliseconds = 300;

export function Charts() {
  const curves = useCurves(redrawMilliseconds);
  const { preferences, resolvedTheme, change } = usePreferences();
  const names = curves.eventful.join();
  const panels = useMemo(() => panelsFor(names ? names.split(',') : []), [names]);
  const tools = (
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
  return (
    <Card title="Curves" tools={panels.length > 0 && tools}>
      {panels.length > 0 ? (
        <div className="grid gap-x-8 gap-y-6 xl:grid-cols-2">
          {panels.map((panel) => (
            <ChartPanel
              key={panel.id}
              panel={panel}
              curves={curves}
              smoothing={preferences.smoothing}
              logScale={preferences.logScale}
              theme={resolvedTheme}
            />
          ))}
        </div>
      ) : (
        <p className="grid min-h-48 place-items-center rounded-control bg-sunken px-4 text-center text-sm text-muted">
          Losses appear with the first steps.
        </p>
      )}
    </Card>
  );
}
