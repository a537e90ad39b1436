/** What became of the pictures without a label, in words and numbers. */
import { useStudioState } from '../../state/studioContext';
import { Card } from '../../ui/Card';
import { ClassMark } from '../../ui/ClassMark';
import { formatCount, formatShare, plural } from '../../ui/format';
import type { PromptQuality, Score } from '../../shared/domain';
import { text } from '../../shared/text';

const classesShown = 12;

type Fact = [term: string, value: string, note: string];

const shareOf = (score: Score | null): string => (score ? formatShare(score.right / score.count) : 'unknown');

/** What the learnt prompts are worth, beside what label inference is. */
function promptFacts(prompts: PromptQuality | null): Fact[] {
  if (!prompts) return [];
  const { heldBack, trained, withinClass } = prompts;
  const cluster: Fact[] = withinClass
    ? [
        [
          'Prompts: right cluster',
          shareOf(withinClass),
          `of ${formatCount(withinClass.count)} held back, chance ${formatShare(withinClass.chance)}`,
        ],
      ]
    : [];
  return [
    [
      'Prompts: right class',
      shareOf(heldBack),
      heldBack ? `of ${plural(heldBack.count, 'label')} held back from them` : 'too few labels to hold any back',
    ],
    ['Prompts: learnt labels', shareOf(trained), 'pictures they were trained on'],
    ...cluster,
  ];
}

export function LabelSummary() {
  const labels = useStudioState((state) => state.run.labels);
  const prompts = useStudioState((state) => state.run.prompts);
  const dataset = useStudioState((state) => state.dataset);
  if (!labels || !dataset) return null;
  const accuracy = labels.crossValidatedAccuracy;
  const facts: Fact[] = [
    ['Labeled by you', formatCount(labels.labeled), ''],
    ['Inferred and trusted', formatCount(labels.trusted), 'train as their class'],
    ['Not sure enough', formatCount(labels.untrusted), 'train without a class'],
    [
      'Right on held-out labels',
      accuracy === null ? 'unknown' : formatShare(accuracy),
      accuracy === null ? 'too few labels to hold any back' : text('cross-validated'),
    ],
    [
      'Right by names alone',
      labels.zeroShotAccuracy === null ? 'unknown' : formatShare(labels.zeroShotAccuracy),
      `class names count ${formatShare(labels.alpha)}`,
    ],
    ...promptFacts(prompts),
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
