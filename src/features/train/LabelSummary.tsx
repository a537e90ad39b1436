/** What became of the pictures without a label, in words and numbers. */
import { useStudioState } from '../../state/studioContext';
import { Card } from '../../ui/Card';
import { ClassMark } from '../../ui/ClassMark';
import { formatCount, formatShare, plural } from '../../ui/format';

const classesShown = 12;

export function LabelSummary() {
  const labels = useStudioState((state) => state.run.labels);
  const dataset = useStudioState((state) => state.dataset);
  if (!labels || !dataset) return null;
  const accuracy = labels.crossValidatedAccuracy;
  const facts: [string, string, string][] = [
    ['Labeled by you', formatCount(labels.labeled), ''],
    ['Inferred and trusted', formatCount(labels.trusted), 'train as their class'],
    ['Not sure enough', formatCount(labels.untrusted), 'train without a class'],
    [
      'Right on held-out labels',
      accuracy === null ? 'unknown' : formatShare(accuracy),
      accuracy === null ? 'too few labels to hold any back' : 'cross-validated',
    ],
    [
      'Right by names alone',
      labels.zeroShotAccuracy === null ? 'unknown' : formatShare(labels.zeroShotAccuracy),
      `class names count ${formatShare(labels.alpha)}`,
    ],
  ];
  const largest = Math.max(
    1,
    ...dataset.classes.map((_, c) => (dataset.labeledPerClass[c] ?? 0) + (labels.inferredPerClass[c] ?? 0)),
  );
  return (
    <Card
      title="Labels"
      note={`Labels for ${plural(dataset.unlabeledCount, 'picture')} were inferred from yours and from CLIP. Yours are never changed.`}
    >
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 text-sm sm:grid-cols-3">
        {facts.map(([term, value, note]) => (
          <div key={term}>
            <dt className="text-xs text-muted">{term}</dt>
            <dd className="numeric text-lg font-semibold">{value}</dd>
            {note && <dd className="text-xs text-muted">{note}</dd>}
          </div>
        ))}
      </dl>
      <ul className="mt-4 grid gap-x-6 gap-y-2 border-t border-line pt-4 text-xs sm:grid-cols-2">
        {dataset.classes.slice(0, classesShown).map((name, c) => {
          const [own, inferred] = [dataset.labeledPerClass[c] ?? 0, labels.inferredPerClass[c] ?? 0];
          return (
            <li key={name} className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-3">
              <span className="flex min-w-0 items-center gap-2">
                <ClassMark classIndex={c} />
                <span className="truncate">{name}</span>
              </span>
              <span className="numeric text-muted">
                {formatCount(own)} + {formatCount(inferred)} inferred
              </span>
              <span aria-hidden className="col-span-2 mt-1 flex h-1.5 overflow-hidden rounded-full bg-sunken">
                <span className="bg-accent" style={{ width: `${(100 * own) / largest}%` }} />
                <span className="bg-accent opacity-40" style={{ width: `${(100 * inferred) / largest}%` }} />
              </span>
            </li>
          );
        })}
      </ul>
      {dataset.classes.length > classesShown && (
        <p className="mt-2 text-xs text-muted">
          and {plural(dataset.classes.length - classesShown, 'more class', 'more classes')}
        </p>
      )}
    </Card>
  );
}
