/**
 * A card for each cluster: its share, the real pictures that stand for it, and the words nearest to its learnt prompt.
 */
import { useLayoutEffect, useRef, useState } from 'react';
import type { SlotIndex } from '../../shared/indices';
import type { ClusterCard as Cluster, NearestWord } from '../../shared/domain';
import { imageFile } from '../../state/studioState';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { Card } from '../../ui/Card';
import { classColor } from '../../ui/classColor';
import { ClassMark } from '../../ui/ClassMark';
import { formatShare, plural } from '../../ui/format';
import { Thumbnail } from '../../ui/Thumbnail';

const exemplarsShown = 6;
const cardsAtFirst = 24;

function Words({ context }: { context: readonly (readonly NearestWord[])[] }) {
  const [all, setAll] = useState(false);
  return (
    <div className="text-xs">
      <ol className="flex flex-wrap gap-1" aria-label="Nearest words to each learnt vector">
        {context.map((words, i) => (
          <li key={i} className="rounded-[0.375rem] bg-sunken px-1.5 py-0.5">
            {words.slice(0, all ? 5 : 1).map(({ word, distance }) => (
              <span key={word} className="block whitespace-nowrap">
                <span className="font-mono">{word}</span>{' '}
                <span className="numeric text-muted">{distance.toFixed(2)}</span>
              </span>
            ))}
          </li>
        ))}
      </ol>
      <button type="button" className="link mt-1.5 py-1" aria-expanded={all} onClick={() => setAll(!all)}>
        {all ? 'Only the nearest words' : 'More words'}
      </button>
    </div>
  );
}

function ClusterCardView({ cluster, largest, selected }: { cluster: Cluster; largest: number; selected: boolean }) {
  const studio = useStudio();
  const element = useRef<HTMLElement>(null);
  const name = `${cluster.className} ${cluster.cluster + 1}`;
  const files = cluster.exemplars.slice(0, exemplarsShown).map((index) => imageFile(studio.state, index));
  useLayoutEffect(() => {
    if (selected) element.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  }, [selected]);
  return (
    <article
      ref={element}
      data-testid="cluster-card"
      aria-label={name}
      className={`flex min-w-0 scroll-my-40 flex-col gap-3 rounded-control border p-3 ${selected ? 'border-accent ring-1 ring-accent' : 'border-line'}`}
    >
      <header className="flex items-center gap-2">
        <ClassMark classIndex={cluster.classIndex} />
        <h3 className="min-w-0 flex-1 truncate text-sm font-semibold">
          {cluster.className} <span className="numeric font-normal text-muted">{cluster.cluster + 1}</span>
        </h3>
        <span className="numeric text-sm" title="Share of all pictures">
          {formatShare(cluster.share)}
        </span>
      </header>
      <span aria-hidden className="-mt-2 block h-1 overflow-hidden rounded-full bg-sunken">
        <span
          className="block h-full rounded-full"
          style={{
            width: `${(100 * cluster.share) / Math.max(largest, 1e-9)}%`,
            background: classColor(cluster.classIndex),
          }}
        />
      </span>
      <ul className="grid grid-cols-6 gap-1" aria-label={`Real pictures nearest to ${name}`}>
        {files.map((file, i) => (
          <li key={i}>
            {file && <Thumbnail file={file} alt={`Real picture ${i + 1} of ${name}`} className="w-full" />}
          </li>
        ))}
      </ul>
      {cluster.context.length > 0 && <Words context={cluster.context} />}
      {cluster.promptCosine !== null && (
        <p className="mt-auto flex justify-between border-t border-line pt-2 text-xs text-muted">
          <span>Prompt against pictures, cosine</span>
          <span className="numeric text-ink">{cluster.promptCosine.toFixed(3)}</span>
        </p>
      )}
    </article>
  );
}

export function ClusterCards({ selected }: { selected: SlotIndex | null }) {
  const clusters = useStudioState((state) => state.run.clusters);
  const classes = useStudioState((state) => state.dataset?.classes.length ?? 0);
  const [all, setAll] = useState(false);
  const largest = Math.max(0, ...clusters.map(({ share }) => share));
  const withWords = clusters.some(({ context }) => context.length > 0);
  const shown = all || (selected !== null && selected >= cardsAtFirst) ? clusters : clusters.slice(0, cardsAtFirst);
  return (
    <Card
      title="Clusters"
      note={
        clusters.length > 0
          ? `${plural(clusters.length, 'cluster')} in ${plural(classes, 'class', 'classes')}, each with a learnt prompt. The real pictures tell best what a prompt stands for.`
          : undefined
      }
    >
      {clusters.length > 0 ? (
        <>
          <div className="grid gap-3 sm:grid-cols-[repeat(auto-fill,minmax(17rem,1fr))]">
            {shown.map((cluster) => (
              <ClusterCardView
                key={cluster.slot}
                cluster={cluster}
                largest={largest}
                selected={selected === cluster.slot}
              />
            ))}
          </div>
          {shown.length < clusters.length && (
            <Button variant="quiet" size="small" className="mt-3 self-start" onPress={() => setAll(true)}>
              {`Show all ${clusters.length} clusters`}
            </Button>
          )}
          {withWords && (
            <p className="mt-3 text-xs text-muted">
              Words are the vocabulary’s nearest to each learnt vector, with their distance. A prompt is learnt for what
              it does, and need not read as language.
            </p>
          )}
        </>
      ) : (
        <p className="grid min-h-32 place-items-center rounded-control bg-sunken px-4 text-center text-sm text-muted">
          Clusters appear when the classes have been divided.
        </p>
      )}
    </Card>
  );
}
