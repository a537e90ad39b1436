/**
 * The room of data checks: what is wrong with pictures and labels, with thumbnails, and mended at one click. Every fix is
 * a change of labels: it can be undone, is kept, and reaches a run that is going on.
 */
import { CircleCheck, ScanSearch } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { imageIndex } from '../../shared/indices';
import { checksOf, sizesInWords, type Check, type CheckItem, type Fix } from '../../state/pictureChecks';
import { imageFile } from '../../state/studioState';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { Card } from '../../ui/Card';
import { ClassMark } from '../../ui/ClassMark';
import { formatCount, formatShare, plural } from '../../ui/format';
import { Message } from '../../ui/Message';
import { ProgressBar } from '../../ui/ProgressBar';
import { Thumbnail } from '../../ui/Thumbnail';
import { UndoRedo } from '../../ui/UndoRedo';

const itemsAtFirst = 12;
const thumbsEach = 6;

function Item({ item, onFix }: { item: CheckItem; onFix: (fix: Fix) => void }) {
  const studio = useStudio();
  const state = useStudioState((each) => each);
  const { classIndex } = item;
  const shown = item.images.slice(0, thumbsEach);
  return (
    <li className="grid content-start gap-2 rounded-control border border-line bg-sunken p-3">
      <span className="flex min-h-14 flex-wrap gap-1">
        {shown.map((image) => {
          const file = imageFile(state, imageIndex(image));
          return file && <Thumbnail key={image} file={file} alt={file.name} className="size-14" />;
        })}
        {item.images.length > shown.length && (
          <span className="numeric self-center ps-1 text-xs text-muted">{`+ ${item.images.length - shown.length}`}</span>
        )}
      </span>
      <span className="text-sm wrap-anywhere">{item.text}</span>
      <span className="flex flex-wrap gap-1">
        {item.fixes.map((fix) => (
          <Button key={fix.name} size="small" onPress={() => onFix(fix)}>
            {fix.name}
          </Button>
        ))}
        {classIndex !== undefined && (
          <Button
            size="small"
            onPress={() => {
              studio.labeling.open();
              studio.labeling.setView({ filter: 'open', classIndex, order: 'sure' });
            }}
          >
            Find more of it
          </Button>
        )}
      </span>
    </li>
  );
}

function CheckCard({ check }: { check: Check }) {
  const studio = useStudio();
  const [shown, setShown] = useState(itemsAtFirst);
  const { title, why, items, fixAll } = check;
  const fix = ({ name, images, to }: Fix) => studio.labeling.label(Uint32Array.from(images), to, name);
  if (items.length === 0) {
    return (
      <p className="flex items-center gap-2 text-sm text-muted">
        <CircleCheck className="size-4 shrink-0 text-accent" aria-hidden />
        {`${title}: none.`}
      </p>
    );
  }
  return (
    <Card
      title={`${title} (${formatCount(items.length)})`}
      note={why}
      tools={fixAll && <Button onPress={() => fix(fixAll)}>{fixAll.name}</Button>}
    >
      <ul className="grid gap-2 sm:grid-cols-2 lg:grid-cols-3 2xl:grid-cols-4">
        {items.slice(0, shown).map((item) => (
          <Item key={item.images.join(' ')} item={item} onFix={fix} />
        ))}
      </ul>
      {items.length > shown && (
        <Button variant="quiet" size="small" className="mt-2 self-start" onPress={() => setShown(shown * 4)}>
          {`Show more of ${formatCount(items.length)}`}
        </Button>
      )}
    </Card>
  );
}

function Shares() {
  const dataset = useStudioState((state) => state.dataset);
  if (!dataset) return null;
  const labeled = dataset.labeledPerClass.reduce((sum, count) => sum + count, 0);
  return (
    <Card
      title="Counts"
      note={`${plural(dataset.imageCount, 'picture')}, ${formatShare(labeled / Math.max(1, dataset.imageCount))} of them labeled.`}
    >
      <ul className="grid gap-x-6 gap-y-1 text-sm sm:grid-cols-2 lg:grid-cols-3">
        {dataset.classes.map((name, c) => (
          <li key={name} className="flex min-w-0 items-center gap-2">
            <ClassMark classIndex={c} />
            <span className="min-w-0 flex-1 truncate">{name}</span>
            <span className="numeric text-muted">
              {`${formatCount(dataset.labeledPerClass[c] ?? 0)} · ${formatShare((dataset.labeledPerClass[c] ?? 0) / Math.max(1, labeled))}`}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Results() {
  useStudioState((state) => state.labeling.revision);
  const labels = useStudioState((state) => state.labeling.labels);
  const found = useStudioState((state) => state.labeling.findings);
  const dataset = useStudioState((state) => state.dataset);
  if (!labels || !found || !dataset) return null;
  const { findings } = found;
  const { labeledPerClass, resolution } = dataset;
  const checks = checksOf({ book: labels.book, findings, labeledPerClass, resolution });
  const sizes = sizesInWords(findings);
  return (
    <>
      {sizes && <p className="text-sm text-muted">{sizes}</p>}
      {checks
        .filter(({ items }) => items.length > 0)
        .map((check) => (
          <CheckCard key={check.code} check={check} />
        ))}
      <div className="grid gap-1">
        {checks
          .filter(({ items }) => items.length === 0)
          .map((check) => (
            <CheckCard key={check.code} check={check} />
          ))}
        {findings.suspects === null && (
          <p className="text-sm text-muted">There are too few labels to hold them against each other.</p>
        )}
      </div>
    </>
  );
}

function Looking() {
  const studying = useStudioState((state) => state.labeling.studying);
  if (!studying) return null;
  const { label, done, total } = studying;
  const value = total > 0 ? `${formatCount(done)} of ${formatCount(total)}` : '';
  return <ProgressBar label={label} done={done} total={total} value={value} />;
}

export interface CheckScreenProps {
  /** Buttons that lead back, and to the labels. */
  back: ReactNode;
}

export function CheckScreen({ back }: CheckScreenProps) {
  const studio = useStudio();
  const found = useStudioState((state) => state.labeling.findings !== null);
  const studying = useStudioState((state) => state.labeling.studying !== null);
  const problem = useStudioState((state) => state.labeling.problem);
  const undo = useStudioState((state) => state.labeling.undo.at(-1)?.name);
  const redo = useStudioState((state) => state.labeling.redo.at(-1)?.name);
  return (
    <div className="mx-auto grid w-full max-w-[110rem] gap-4 px-4 py-4 sm:px-6">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        {back}
        <h1 className="text-xl font-semibold tracking-tight">Data checks</h1>
        <span className="ms-auto flex items-center gap-1">
          <UndoRedo
            undo={undo}
            redo={redo}
            onUndo={() => studio.labeling.undo()}
            onRedo={() => studio.labeling.redo()}
          />
          <Button icon={ScanSearch} pending={studying} onPress={() => void studio.labeling.check()}>
            {found ? 'Check again' : 'Check the pictures'}
          </Button>
        </span>
      </div>
      {problem && <Message tone="error" text={problem.what} why={problem.why} action={problem.action} />}
      <Looking />
      <Shares />
      <Results />
    </div>
  );
}
