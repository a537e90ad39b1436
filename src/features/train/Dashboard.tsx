/**
 * The third screen: a run as it happens. Each part subscribes to its own piece of the state, so that an event redraws
 * only what it changes.
 */
import { useState, type ReactNode } from 'react';
import type { SlotIndex } from '../../shared/indices';
import { useStudioState } from '../../state/studioContext';
import { Charts } from './Charts';
import { ClusterCards } from './ClusterCards';
import { HealthPanel } from './HealthPanel';
import { LabelSummary } from './LabelSummary';
import { Metrics } from './Metrics';
import { NextSteps } from './NextSteps';
import { NoticeLog } from './NoticeLog';
import { RunHeader } from './RunHeader';
import { SampleGrid } from './SampleGrid';
import { Timeline } from './Timeline';
import { TrainingJob } from './TrainingJob';
import { WhatHappens } from './WhatHappens';

export interface DashboardProps {
  /** Buttons of the run: pause, stop, export. */
  actions: ReactNode;
  /** Buttons after the run: export, new run, other data. */
  nextActions: ReactNode;
  /** A card about what went wrong, or nothing. */
  problem: ReactNode;
  /** The box that asks CLIP about words. */
  ask: ReactNode;
}

export function Dashboard({ actions, nextActions, problem, ask }: DashboardProps) {
  const [selected, setSelected] = useState<SlotIndex | null>(null);
  // A new run looks at its own newest samples again.
  const run = useStudioState((state) => state.run.startedAt);
  // Under a short grid there is room that a tall one needs.
  const short = useStudioState((state) => state.run.clusters.length <= 9);
  return (
    <>
      <RunHeader actions={actions} />
      <div className="mx-auto grid w-full max-w-[140rem] gap-4 px-4 py-4 sm:gap-6 sm:px-6 sm:py-6">
        {/* On a phone: what went wrong, what to do next, the samples, then all else. */}
        <div className="contents max-sm:*:-order-2">
          {problem}
          <NextSteps actions={nextActions} />
        </div>
        <WhatHappens />
        <Timeline key={`timeline ${run}`} />
        <div className="grid items-start gap-4 max-sm:contents sm:gap-6 lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)] xl:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]">
          <div className="grid min-w-0 gap-4 max-sm:contents sm:gap-6">
            <div className="min-w-0 max-sm:-order-1">
              <SampleGrid key={run} selected={selected} onSelect={setSelected} />
            </div>
            <HealthPanel />
            {short && <LabelSummary />}
          </div>
          <div className="grid min-w-0 gap-4 sm:gap-6">
            <Charts />
            {!short && <LabelSummary />}
            <Metrics />
            <NoticeLog />
          </div>
        </div>
        <ClusterCards selected={selected} />
        {ask}
        <TrainingJob />
      </div>
    </>
  );
}
