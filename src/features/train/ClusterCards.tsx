/**
 * A card for each cluster: its share of pictures and samples, the real pictures that stand for it, what the generator
 * draws for it, the words that set it apart, and how its prompt has changed.
 */
import { useLayoutEffect, useRef, useState } from 'react';
import type { SlotIndex } from '../../shared/indices';
import type { ClusterCard as Cluster } from '../../shared/domain';
import { clusterName, useGivenNames } from '../../state/clusterNames';
import { imageFile } from '../../state/studioState';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { Card } from '../../ui/Card';
import { ClassMark } from '../../ui/ClassMark';
import { plural } from '../../ui/format';
import { Thumbnail } from '../../ui/Thumbnail';
import { LazyMap } from './LazyMap';
import { useClusters } from './useMoment';
import { ClusterFigures } from './ClusterFigures';
import { ClusterSamples, MomentFrame } from './ClusterSamples';
import { ClusterPlans, ClusterTools, waitingFor } from './ClusterTools';
import { ClusterWords, PromptDetails, shortWords } from './ClusterWords';
import { useEndedEarly } from './useEndedEarly';

const exemplarsShown = 6;
const cardsAtFirst = 24;

interface CardViewProps {
  cluster: Cluster;
  /** The name that a person gave it. */
  given: string | null;
  largest: number;
  selected: boolean;
  /** The other clusters of its class. */
  siblings: readonly Cluster[];
}

function ClusterCardView({ cluster, given, largest, selected, siblings }: CardViewProps) {
  const studio = useStudio();
  const element = useRef<HTMLElement>(null);
  const name = clusterName(cluster, null);
  const edits = useStudioState((state) => state.run.clusterEdits);
  const now = useStudioState((state) => state.run.moment === null);
  const locked = now && edits.locked.includes(cluster.slot);
  const waiting = now ? waitingFor(edits, cluster.slot) : null;
  const words = shortWords(cluster);
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
      <header className="flex items-baseline gap-2">
        <ClassMark classIndex={cluster.classIndex} />
        <h3 className="min-w-0 flex-1 text-sm font-semibold">
          <span className="break-words">{cluster.className}</span>{' '}
          <span className="font-normal whitespace-nowrap text-muted">· cluster {cluster.cluster + 1}</span>
          {given !== null && <span className="block break-words text-accent">{given}</span>}
          {words && <span className="block truncate font-normal">{`“${words}”`}</span>}
          {(locked || waiting) && (
            <span className="block text-xs font-normal text-muted">
              {[locked && 'locked', waiting].filter(Boolean).join(' · ')}
            </span>
          )}
        </h3>
      </header>
      <ClusterFigures cluster={cluster} largest={largest} />
      <div className="grid gap-1">
        <p className="text-xs text-muted">Your pictures that stand for it</p>
        <ul className="grid grid-cols-6 gap-1" aria-label={`Real pictures nearest to ${name}`}>
          {files.map((file, i) => (
            <li key={i}>
              {file && <Thumbnail file={file} alt={`Real picture ${i + 1} of ${name}`} className="w-full" />}
            </li>
          ))}
        </ul>
      </div>
      <ClusterSamples slot={cluster.slot} name={name} />
      <ClusterWords cluster={cluster} />
      <PromptDetails cluster={cluster} />
      <ClusterTools cluster={cluster} siblings={siblings} />
    </article>
  );
}

export function ClusterCards({ selected }: { selected: SlotIndex | null }) {
  const endedEarly = useEndedEarly();
  const clusters = useClusters();
  const givenName = useGivenNames(clusters);
  const classes = useStudioState((state) => state.dataset?.classes.length ?? 0);
  const counted = useStudioState((state) => state.run.clusterSamples !== null);
  const [all, setAll] = useState(false);
  const largest = Math.max(0, ...clusters.map(({ share }) => share));
  const withWords = clusters.some(({ words }) => words && words.words.length > 0);
  const shown = all || (selected !== null && selected >= cardsAtFirst) ? clusters : clusters.slice(0, cardsAtFirst);
  return (
    <Card
      title="Clusters"
      note={
        clusters.length > 0
          ? `A cluster is a group of pictures of one class that look alike, such as sitting dogs and running dogs among dogs. CLIP found ${plural(clusters.length, 'cluster')} in ${plural(classes, 'class', 'classes')}. Each has a prompt, a description in made-up words, by which the generator is told what to draw. Your pictures tell best what a cluster stands for; words help.`
          : undefined
      }
    >
      {clusters.length > 0 ? (
        <>
          <ClusterPlans clusters={clusters} />
          <LazyMap clusters={clusters} />
          <MomentFrame>
            {/* Ends of cards lie on one line, until one of them is unfolded: the others stay as short as they are. */}
            <div className="grid gap-3 has-[details[open]]:items-start sm:grid-cols-[repeat(auto-fill,minmax(17rem,1fr))]">
              {shown.map((cluster) => (
                <ClusterCardView
                  // What is unfolded and typed stays with its cluster when those of other classes are split or merged.
                  key={`${cluster.className} ${cluster.cluster}`}
                  cluster={cluster}
                  given={givenName(cluster.slot)}
                  largest={largest}
                  selected={selected === cluster.slot}
                  siblings={clusters.filter((each) => each.classIndex === cluster.classIndex && each !== cluster)}
                />
              ))}
            </div>
          </MomentFrame>
          {shown.length < clusters.length && (
            <Button variant="quiet" size="small" className="mt-3 self-start" onPress={() => setAll(true)}>
              {`Show all ${clusters.length} clusters`}
            </Button>
          )}
          {!counted && (
            <p className="mt-3 text-xs text-muted">
              How many samples look like each cluster is counted from a quarter of the run on.
            </p>
          )}
          {withWords && (
            <p className="mt-3 text-xs text-muted">
              A word stands on a card when the cluster’s pictures fit it better than the others’ do, by more than chance
              and more than made-up words. The number says by how many standard deviations; the check mark, that the
              learnt prompt says so too.
            </p>
          )}
        </>
      ) : (
        <p className="grid min-h-32 place-items-center rounded-control bg-sunken px-4 text-center text-sm text-muted">
          A cluster is a group of pictures of one class that look alike, such as sitting dogs and running dogs among
          dogs.{' '}
          {endedEarly
            ? 'This run ended before the classes were divided.'
            : 'Clusters appear when the classes have been divided.'}
        </p>
      )}
    </Card>
  );
}
