/**
 * What a person can want of one cluster: a name, that it stays, that it is split or merged with a sibling; and of all,
 * what waits and when it is done.
 */
import { Lock, LockOpen, Merge as MergeIcon, Pencil, Split } from 'lucide-react';
import { useId, useState } from 'react';
import { reshapes, type ClusterEdits } from '../../lcp/partition/clusterEdits';
import type { ClusterCard } from '../../shared/domain';
import { clusterName, givenName } from '../../state/clusterNames';
import { useStudio, useStudioState } from '../../state/studioContext';
import { isRunning } from '../../state/studioState';
import { Button } from '../../ui/Button';
import { Disclosure } from '../../ui/Disclosure';
import { FocusBack } from '../../ui/FocusBack';
import { Message } from '../../ui/Message';
import { plural } from '../../ui/format';
import { useDraft } from '../../ui/useDraft';

/** What is wanted of a cluster's place, in words; null where nothing waits. */
export function waitingFor({ merges, splits }: ClusterEdits, slot: number): string | null {
  if (splits.includes(slot)) return 'will be split';
  return merges.some((pair) => pair.includes(slot)) ? 'will be merged' : null;
}

function Rename({ cluster, name }: { cluster: ClusterCard; name: string | null }) {
  const { clusterWishes } = useStudio();
  const { draft, ended, begin, onSubmit, field } = useDraft((text) => void clusterWishes.rename(cluster.slot, text));
  if (draft === null)
    return (
      <Button size="small" variant="quiet" icon={Pencil} focusFirst={ended} onPress={() => begin(name ?? '')}>
        Name
      </Button>
    );
  return (
    <form onSubmit={onSubmit} className="flex w-full gap-2">
      <input
        aria-label={`Name of ${cluster.className} ${cluster.cluster + 1}`}
        className="min-h-8 min-w-0 flex-1 rounded-control border border-line-strong bg-raised px-2 text-sm"
        maxLength={60}
        {...field}
      />
      <Button type="submit" size="small">
        Keep
      </Button>
    </form>
  );
}

function Merge({ cluster, siblings }: { cluster: ClusterCard; siblings: readonly ClusterCard[] }) {
  const { clusterWishes } = useStudio();
  const edits = useStudioState((state) => state.run.clusterEdits);
  const id = useId();
  const [chosen, setChosen] = useState<number | null>(null);
  const [first] = siblings;
  if (!first) return null;
  const other = siblings.find(({ slot }) => slot === chosen) ?? first;
  // By a button of its own: with arrow keys one passes through what one does not choose.
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-1 text-sm">
      <Button
        size="small"
        variant="quiet"
        icon={MergeIcon}
        onPress={() => void clusterWishes.merge(cluster.slot, other.slot)}
      >
        Merge
      </Button>
      <label htmlFor={id}>with</label>
      <select
        id={id}
        className="min-h-8 min-w-0 rounded-control border border-line-strong bg-raised px-1 text-sm"
        value={other.slot}
        onChange={(event) => setChosen(Number(event.target.value))}
      >
        {siblings.map((sibling) => (
          <option key={sibling.slot} value={sibling.slot}>
            {clusterName(sibling, givenName(edits, sibling.slot))}
          </option>
        ))}
      </select>
    </span>
  );
}

/** @param siblings the other clusters of the class */
export function ClusterTools({ cluster, siblings }: { cluster: ClusterCard; siblings: readonly ClusterCard[] }) {
  const { clusterWishes } = useStudio();
  const edits = useStudioState((state) => state.run.clusterEdits);
  const going = useStudioState((state) => isRunning(state.session));
  // What was is not to be changed, and its numbers may mean other clusters now.
  const now = useStudioState((state) => state.run.moment === null);
  if (!going || !now) return null;
  const locked = edits.locked.includes(cluster.slot);
  return (
    <Disclosure summary="Change" className="border-t border-line pt-2">
      <div className="-ms-6 flex flex-wrap items-center gap-1">
        <Rename cluster={cluster} name={givenName(edits, cluster.slot)} />
        <Button
          size="small"
          variant="quiet"
          icon={locked ? Lock : LockOpen}
          onPress={() => void clusterWishes.lock(cluster.slot, !locked)}
        >
          {locked ? 'Unlock' : 'Lock'}
        </Button>
        <Button size="small" variant="quiet" icon={Split} onPress={() => void clusterWishes.split(cluster.slot)}>
          Split
        </Button>
        <Merge cluster={cluster} siblings={siblings} />
      </div>
    </Disclosure>
  );
}

function Counts({ clusters }: { clusters: readonly ClusterCard[] }) {
  const { clusterWishes } = useStudio();
  const edits = useStudioState((state) => state.run.clusterEdits);
  const id = useId();
  const classes = [...new Map(clusters.map((each) => [each.classIndex, each.className]))];
  return (
    <Disclosure summary="Number of clusters" className="mb-3">
      <ul className="-ms-6 flex flex-wrap gap-x-4 gap-y-2">
        {classes.map(([classIndex, name]) => {
          const present = clusters.filter((each) => each.classIndex === classIndex).length;
          const wanted = edits.counts.find((each) => each.classIndex === classIndex)?.clusters ?? present;
          return (
            <li key={classIndex} className="flex items-center gap-2 text-sm">
              <label htmlFor={`${id}-${classIndex}`}>{name}</label>
              <input
                id={`${id}-${classIndex}`}
                type="number"
                min={1}
                max={32}
                value={wanted}
                className="numeric min-h-8 w-16 rounded-control border border-line-strong bg-raised px-2"
                onChange={({ target }) => {
                  const value = target.valueAsNumber;
                  if (Number.isInteger(value) && value >= 1 && value <= 32)
                    void clusterWishes.setCount(classIndex, value, clusters);
                }}
              />
            </li>
          );
        })}
      </ul>
    </Disclosure>
  );
}

/** What waits for the next refresh, and how many clusters each class has. */
export function ClusterPlans({ clusters }: { clusters: readonly ClusterCard[] }) {
  const studio = useStudio();
  const { clusterWishes } = studio;
  const edits = useStudioState((state) => state.run.clusterEdits);
  const going = useStudioState((state) => isRunning(state.session));
  const refreshKimg = useStudioState((state) => state.config.prompts.refreshKimg);
  const training = useStudioState((state) => state.session === 'training');
  const paused = useStudioState((state) => state.session === 'paused');
  const now = useStudioState((state) => state.run.moment === null);
  /** What is wanted when it was asked for. */
  const [asked, setAsked] = useState<ClusterEdits | null>(null);
  if (!going || !now || clusters.length === 0) return null;
  const doNow = () => {
    void clusterWishes.applyNow().then(() => setAsked(studio.state.run.clusterEdits));
  };
  const waiting = edits.merges.length + edits.splits.length + edits.counts.length;
  const when =
    refreshKimg > 0
      ? `Done at the next refresh of labels and prompts, every ${refreshKimg} kimg, or now.`
      : 'This run does not refresh by itself: done when you say so.';
  return (
    <>
      <Counts clusters={clusters} />
      {reshapes(edits) && (
        <FocusBack className="mb-3">
          <Message
            tone="info"
            text={`${plural(waiting, 'change')} of clusters ${waiting === 1 ? 'waits' : 'wait'}.`}
            why={paused ? `${when} The run rests: resume it first.` : when}
            action="Networks and prompts go on from what they have learnt of the clusters before."
          >
            <div className="flex flex-wrap gap-2 pt-2">
              <Button
                size="small"
                variant="primary"
                disabled={!training}
                pending={training && asked === edits}
                onPress={doNow}
              >
                Do it now
              </Button>
              <Button size="small" variant="quiet" onPress={() => void clusterWishes.takeBack()}>
                Take back
              </Button>
            </div>
          </Message>
        </FocusBack>
      )}
    </>
  );
}
