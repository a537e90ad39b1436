/**
 * The labeling room: all pictures in a grid that is worked by keys, before a run and during one. What is changed here
 * counts at once, is kept in the browser, and reaches the run that is going on at its next refresh.
 */
import { Download } from 'lucide-react';
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { IGNORED } from '../../lcp/labels/labelBook';
import { UNLABELED } from '../../shared/domain';
import { alikeOf, type Alike } from '../../state/likeThis';
import { isRunning } from '../../state/studioState';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { Card } from '../../ui/Card';
import { formatCount, plural } from '../../ui/format';
import { Message } from '../../ui/Message';
import { Switch } from '../../ui/Switch';
import { UndoRedo } from '../../ui/UndoRedo';
import { ClassPalette, keysAtOnce } from './ClassPalette';
import { ExportLabels } from './ExportLabels';
import { advance, moveTo, nothingSelected, targets, type GridSelection } from './gridSelection';
import { LabelGrid } from './LabelGrid';
import { LabelToolbar } from './LabelToolbar';
import { LikeDialog } from './LikeDialog';

/** Keys of the grid in words; arrows, Shift and Ctrl+A are as everywhere. */
const keys: [string, string][] = [
  ['1–9', 'label with a class'],
  ['0', 'take the label away'],
  ['X', 'leave the picture out'],
  ['G', 'take the guess as the label'],
  ['L', 'label all like this'],
  ['C', 'name a new class; Escape leads back'],
  ['N', 'go to the label that is worth most'],
  ['Space', 'select one more'],
  ['Ctrl Z, Ctrl Y', 'undo, redo'],
];

function Pending() {
  const studio = useStudio();
  const pending = useStudioState((state) => state.labeling.pending);
  const running = useStudioState((state) => isRunning(state.session));
  if (!running) return null;
  if (pending === 0) return <p className="text-sm text-muted">The run that is going on works with these labels.</p>;
  return (
    <div className="flex flex-wrap items-center gap-3 rounded-control bg-accent-soft px-3 py-2 text-sm">
      <span>{`${plural(pending, 'changed label waits', 'changed labels wait')} for the run’s next refresh.`}</span>
      <Button size="small" onPress={() => void studio.labeling.applyNow()}>
        Use them now
      </Button>
    </div>
  );
}

function History() {
  const studio = useStudio();
  const undo = useStudioState((state) => state.labeling.undo.at(-1)?.name);
  const redo = useStudioState((state) => state.labeling.redo.at(-1)?.name);
  return (
    <UndoRedo undo={undo} redo={redo} onUndo={() => studio.labeling.undo()} onRedo={() => studio.labeling.redo()} />
  );
}

function Counts({ shown, selected }: { shown: number; selected: number }) {
  const dataset = useStudioState((state) => state.dataset);
  const accuracy = useStudioState((state) => state.labeling.guesses?.guesses.accuracy ?? null);
  if (!dataset) return null;
  const labeled = dataset.labeledPerClass.reduce((sum, count) => sum + count, 0);
  const parts = [
    `${formatCount(labeled)} labeled`,
    `${formatCount(dataset.unlabeledCount)} without a label`,
    `${formatCount(shown)} shown`,
    ...(selected > 1 ? [`${formatCount(selected)} selected`] : []),
    ...(accuracy === null ? [] : [`guesses are right for ${Math.round(100 * accuracy)}% of labels held back`]),
  ];
  return (
    <p data-testid="label-counts" className="numeric text-sm text-muted">
      {parts.join(' · ')}
    </p>
  );
}

export interface LabelScreenProps {
  /** The button that leads back. */
  back: ReactNode;
}

export function LabelScreen({ back }: LabelScreenProps) {
  const studio = useStudio();
  const help = useId();
  const labels = useStudioState((state) => state.labeling.labels);
  const shown = useStudioState((state) => state.labeling.shown);
  const problem = useStudioState((state) => state.labeling.problem);
  const [selected, setSelected] = useState<{ shown: typeof shown; at: GridSelection }>({ shown, at: nothingSelected });
  const [first, setFirst] = useState(0);
  const [advances, setAdvances] = useState(true);
  const [like, setLike] = useState<{ models: number[]; alike: Alike } | null>(null);
  const [exporting, setExporting] = useState(false);
  // Another order begins at its head.
  const selection = selected.shown === shown ? selected.at : nothingSelected;
  const select = (at: GridSelection) => setSelected({ shown, at });
  const naming = useRef<HTMLInputElement>(null);
  const grid = useRef<HTMLElement>(null);
  const unnamed = labels?.book.classes.length === 0;
  // Without classes, the grid's keys have nothing to label with: naming one comes first.
  useEffect(() => {
    if (unnamed) naming.current?.focus();
  }, [unnamed]);
  if (!labels) return null;
  const { book } = labels;
  const { images } = shown;

  const chosen = (): number[] => targets(selection, images.length).map((position) => images[position] as number);
  const label = (to: number, word: string, chosenImages = chosen()) => {
    if (chosenImages.length === 0) return;
    const what =
      chosenImages.length === 1 ? studio.labeling.nameOf(chosenImages[0] ?? 0) : plural(chosenImages.length, 'picture');
    studio.labeling.label(Uint32Array.from(chosenImages), to, `${what}: ${word}`);
    if (advances) select(advance(selection, images.length));
  };
  const labelAs = (c: number) => {
    if (c < book.classes.length) label(c, book.classes[c] ?? '');
  };
  const clear = () => label(UNLABELED, 'no label');
  const ignore = () => label(IGNORED, 'left out');
  const takeGuess = () => {
    const { guesses } = studio.state.labeling;
    const open = chosen().filter((image) => book.standing(image) === 'none');
    for (const c of new Set(open.map((image) => guesses?.guesses.inferred[image] ?? -1))) {
      if (c < 0) continue;
      label(
        c,
        book.classes[c] ?? '',
        open.filter((image) => guesses?.guesses.inferred[image] === c),
      );
    }
  };
  const labelAlike = async () => {
    const models = chosen();
    const scores = await studio.labeling.rankByLikeness(models);
    if (scores) setLike({ models, alike: alikeOf(scores, models, book) });
  };
  const goToNext = async () => {
    if (!studio.state.labeling.guesses && !(await studio.labeling.study())) return;
    studio.labeling.setView({ filter: 'open', order: 'next', classIndex: null });
  };

  const onKey = (event: KeyboardEvent<HTMLElement>): boolean => {
    const key = event.key.toLowerCase();
    if (event.altKey) return false;
    if (event.ctrlKey || event.metaKey) {
      if (key === 'y' || (key === 'z' && event.shiftKey)) studio.labeling.redo();
      else if (key === 'z') studio.labeling.undo();
      else return false;
      return true;
    }
    if (/^[1-9]$/.test(key)) labelAs(first + Number(key) - 1);
    else if (['0', 'backspace', 'delete'].includes(key)) clear();
    else if (key === 'x') ignore();
    else if (key === 'g' || key === 'enter') takeGuess();
    else if (key === 'l') void labelAlike();
    else if (key === 'n') void goToNext();
    else if (key === 'c') naming.current?.focus();
    else if (key === '[' && first > 0) setFirst(first - keysAtOnce);
    else if (key === ']' && first + keysAtOnce < book.classes.length) setFirst(first + keysAtOnce);
    else return false;
    return true;
  };

  return (
    <div className="mx-auto grid w-full max-w-[140rem] gap-4 px-4 py-4 sm:px-6 lg:h-[calc(100dvh-3.5rem)] lg:grid-cols-[minmax(0,1fr)_20rem] lg:grid-rows-[auto_minmax(0,1fr)]">
      <div className="grid gap-3 lg:col-span-2">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {back}
          <h1 className="text-xl font-semibold tracking-tight">Labels</h1>
          <Counts shown={images.length} selected={selection.selected.size} />
          <span className="ms-auto flex items-center gap-1">
            <History />
            <Button variant="quiet" icon={Download} onPress={() => setExporting(true)}>
              Export labels
            </Button>
          </span>
        </div>
        <Pending />
        {problem && <Message tone="error" text={problem.what} why={problem.why} action={problem.action} />}
        <LabelToolbar />
      </div>
      <div className="h-[70dvh] min-h-0 lg:h-auto">
        {images.length === 0 ? (
          <div className="grid h-full place-items-center rounded-card border border-line bg-sunken p-6 text-center text-sm text-muted">
            <div className="grid gap-3">
              <p>No picture is like that. Show others, or take a label away.</p>
              <Button onPress={() => studio.labeling.setView({ filter: 'all', classIndex: null })}>Show all</Button>
            </div>
          </div>
        ) : (
          <LabelGrid selection={selection} onSelect={select} onKey={onKey} describedBy={help} focusOn={grid} />
        )}
      </div>
      <aside aria-label="Classes and keys" className="min-h-0 overflow-auto">
        <Card title="Label as">
          <ClassPalette
            first={first}
            onFirst={setFirst}
            onLabel={labelAs}
            onClear={clear}
            onIgnore={ignore}
            naming={naming}
            onLeave={() => grid.current?.focus({ preventScroll: true })}
          />
          <div className="mt-4 grid gap-2 border-t border-line pt-4">
            <Button size="small" onPress={() => void labelAlike()}>
              Label all like this
            </Button>
            <Button size="small" onPress={() => void goToNext()}>
              Which label next?
            </Button>
            <Switch
              label="Go on to the next picture"
              help="After each label."
              isSelected={advances}
              onChange={setAdvances}
            />
          </div>
          <dl
            id={help}
            className="mt-4 grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 border-t border-line pt-4 text-xs text-muted"
          >
            {keys.map(([key, what]) => (
              <div key={key} className="contents">
                <dt className="font-semibold whitespace-nowrap text-ink">{key}</dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </Card>
      </aside>
      {like && (
        <LikeDialog
          models={like.models}
          alike={like.alike}
          onClose={() => {
            setLike(null);
            select(moveTo(selection, 0, images.length));
          }}
        />
      )}
      {exporting && <ExportLabels onClose={() => setExporting(false)} />}
    </div>
  );
}
