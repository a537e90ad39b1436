/** The second screen: what was read on the one side, how to train on the other. */
import type { ReactNode } from 'react';
import { isBlocked, readingWarnings } from '../../state/studioState';
import { useStudioState } from '../../state/studioContext';
import { Card } from '../../ui/Card';
import { AdvancedPanel } from './AdvancedPanel';
import { ClassTable } from './ClassTable';
import { ClipPicker } from './ClipPicker';
import { DataSummary } from './DataSummary';
import { FolderTable } from './FolderTable';
import { LeftOut } from './LeftOut';
import { PresetPicker } from './PresetPicker';
import { useParts } from './useParts';

export interface ReviewScreenProps {
  /** How far the reading of another drop is, or nothing. */
  progress: ReactNode;
  /** A card about what went wrong, or nothing. */
  problem: ReactNode;
  /** A run of these pictures that can be resumed, or nothing. */
  interrupted: ReactNode;
  /** The button that starts the run. */
  start: ReactNode;
  /** Buttons that lead to the labels and the data checks. */
  labels: ReactNode;
  /** Ways back: buttons. */
  back: ReactNode;
  /** The box that asks CLIP about words, where a run has looked at these pictures already. */
  ask: ReactNode;
}

function StartHint() {
  const state = useStudioState((each) => each.session);
  const blocked = useStudioState((each) => each.source !== null && isBlocked(each));
  const unlabeled = useStudioState((each) => readingWarnings(each).some(({ code }) => code === 'no-labels'));
  const noFiles = useStudioState((each) => each.clip.kind === 'files' && each.clip.files.length === 0);
  const hint = blocked
    ? unlabeled
      ? 'Training can start once a few pictures of each class have a label.'
      : 'Training can start once the problem with the pictures is solved.'
    : noFiles
      ? 'Choose the files of your CLIP first.'
      : state === 'importing'
        ? 'Ready as soon as all pictures are read.'
        : null;
  return hint && <p className="text-sm text-muted">{hint}</p>;
}

export function ReviewScreen({ progress, problem, interrupted, start, labels, back, ask }: ReviewScreenProps) {
  const drawn = useParts(6);
  return (
    <div className="mx-auto grid w-full max-w-[100rem] gap-6 px-4 py-6 sm:px-6 lg:grid-cols-[minmax(0,1fr)_minmax(24rem,30rem)] lg:gap-8 lg:py-8">
      <div className="flex min-w-0 flex-col gap-6">
        <div className="flex flex-wrap gap-2">{back}</div>
        {progress}
        {problem}
        {interrupted}
        <DataSummary />
        {drawn > 1 && (
          <Card title="Classes" tools={labels}>
            <ClassTable />
          </Card>
        )}
        {drawn > 5 && (
          <>
            <FolderTable />
            <LeftOut />
            {ask}
          </>
        )}
      </div>
      <div className="flex min-w-0 flex-col gap-6">
        {drawn > 2 && (
          <Card title="Training">
            <div className="grid gap-4">
              <PresetPicker />
              {drawn > 4 && <AdvancedPanel />}
            </div>
          </Card>
        )}
        {drawn > 3 && (
          <Card
            title="CLIP"
            note="A network that knows how pictures and words belong together. It infers missing labels, finds clusters (pictures of one class that look alike) and judges what is drawn. The chosen one will do for a first try."
          >
            <ClipPicker />
          </Card>
        )}
        <div className="sticky bottom-0 z-10 -mx-4 flex flex-wrap items-center justify-end gap-x-4 gap-y-2 border-t border-line bg-canvas/95 px-4 py-3 backdrop-blur sm:-mx-6 sm:px-6 lg:mx-0 lg:rounded-t-card lg:px-2">
          <StartHint />
          {start}
        </div>
      </div>
    </div>
  );
}
