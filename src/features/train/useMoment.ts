/**
 * The moment of the run that the dashboard shows: the newest, or one that is looked back at, as the sample grid that was
 * kept nearest before it. A grid that is packed takes a moment to come; the last one stays meanwhile.
 */
import { useEffect, useState } from 'react';
import type { ClusterCard } from '../../shared/domain';
import { clustersAt, clustersOf } from '../../state/runMarkers';
import { useStudio, useStudioState } from '../../state/studioContext';
import type { SampleFrame } from '../../state/sampleHistory';

export interface Moment {
  frame: SampleFrame | undefined;
  /** Iteration of each kept grid, oldest first, and which of them is shown. */
  iterations: readonly number[];
  index: number;
  /** True while the newest is followed. */
  following: boolean;
  goTo: (index: number) => void;
}

/** Position of the grid that an iteration shows: the last one that is not later, or the first. */
export function frameAt(iterations: readonly number[], moment: number | null): number {
  if (moment === null) return iterations.length - 1;
  return Math.max(
    0,
    iterations.findLastIndex((iteration) => iteration <= moment),
  );
}

/** The grid that was kept at an iteration, or the last one before it. @param moment null for the newest */
export function useFrame(moment: number | null): SampleFrame | undefined {
  const studio = useStudio();
  const revision = useStudioState((state) => state.run.samplesRevision);
  const [loaded, setLoaded] = useState<SampleFrame>();
  const index = frameAt(studio.samples.iterations(), moment);
  const here = studio.samples.at(index);
  useEffect(() => {
    let late = false;
    if (studio.samples.revision !== revision) return undefined;
    void studio.samples.load(index).then((frame) => {
      if (!late && frame) setLoaded(frame);
    });
    return () => {
      late = true;
    };
  }, [studio, index, revision]);
  return here ?? loaded;
}

export function useMoment(): Moment {
  const studio = useStudio();
  const moment = useStudioState((state) => state.run.moment);
  const frame = useFrame(moment);
  const iterations = studio.samples.iterations();
  const index = frameAt(iterations, moment);
  const goTo = (position: number) =>
    studio.lookAt(position >= iterations.length - 1 ? null : (iterations[position] ?? null));
  return { frame, iterations, index, following: moment === null, goTo };
}

/** The cluster cards as they stood at the moment that is shown. */
export function useClusters(): readonly ClusterCard[] {
  const clusters = useStudioState((state) => state.run.clusters);
  const clusterMoments = useStudioState((state) => state.run.clusterMoments);
  const moment = useStudioState((state) => state.run.moment);
  return clustersAt({ clusters, clusterMoments }, moment);
}

/** The cluster cards that a grid's rows belong to. */
export function useClustersOf(frame: SampleFrame | undefined): readonly ClusterCard[] {
  const clusters = useStudioState((state) => state.run.clusters);
  const clusterMoments = useStudioState((state) => state.run.clusterMoments);
  return frame ? clustersOf({ clusters, clusterMoments }, frame.iteration, frame.rows.length) : clusters;
}
