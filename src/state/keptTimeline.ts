/**
 * The run's timeline from visit to visit: whenever the session has saved the run, the page has its grids, cards and
 * marks kept beside it, and takes them back before that run goes on. It is for looking back alone: where it cannot be
 * kept or read, the run goes on without.
 */
import type { TimelineEntry } from '../session/saving/timelineShelf';
import type { ClusterCard } from '../shared/domain';
import { ClusterMoment, type RunMarker } from './runMarkers';
import type { StudioPorts } from './ports';
import type { PackedFrame, SampleHistory } from './sampleHistory';
import type { StudioState } from './studioState';

/** What is kept under one key. */
type Kept =
  | { kind: 'grid'; frame: PackedFrame }
  | { kind: 'clusters'; cards: readonly ClusterCard[] }
  | { kind: 'marks'; markers: readonly RunMarker[] };

/** What it needs of `StudioCore`. */
interface Core {
  readonly ports: Pick<StudioPorts, 'runs'>;
  readonly samples: SampleHistory;
  readonly state: StudioState;
  update(recipe: (draft: StudioState) => void): void;
}

type Named = Pick<TimelineEntry, 'key' | 'bytes'>;

export class KeptTimeline {
  /** Entries of what does not change any more. */
  private readonly named = new WeakMap<PackedFrame | ClusterMoment, Named>();
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly core: Core) {}

  /** Has the timeline of this moment kept, after those that are being written. Never rejects. */
  keep(run: string): Promise<void> {
    const { markers, clusterMoments } = this.core.state.run;
    const frames = this.core.samples.packed();
    this.turn = this.turn
      .then(async () => {
        const entries = [
          ...(await frames).map((frame) => this.entryOf(frame, { kind: 'grid', frame }, () => bytesOfFrame(frame))),
          ...clusterMoments.map((moment) => this.entryOf(moment, { kind: 'clusters', cards: moment.cards })),
          entryOfMarks(markers),
        ];
        await this.core.ports.runs.keepTimeline(run, entries);
      })
      .catch(() => undefined);
    return this.turn;
  }

  /** Begins with the timeline of a kept run, cut where the run was saved. Never rejects. */
  async restore(run: string): Promise<void> {
    const kept = await this.core.ports.runs.timeline(run).catch(() => null);
    if (!kept) return;
    const frames: PackedFrame[] = [];
    const moments: ClusterMoment[] = [];
    const markers: RunMarker[] = [];
    for (const { key, bytes, iteration, value } of kept.entries) {
      const entry = value as Kept;
      if (entry.kind === 'marks') markers.push(...entry.markers.filter((mark) => mark.iteration <= kept.iteration));
      if (entry.kind === 'grid') {
        this.named.set(entry.frame, { key, bytes });
        frames.push(entry.frame);
      }
      if (entry.kind === 'clusters') {
        const moment = new ClusterMoment(iteration, entry.cards);
        this.named.set(moment, { key, bytes });
        moments.push(moment);
      }
    }
    this.core.samples.restore(frames);
    this.core.update(({ run: state }) => {
      Object.assign(state, { markers, clusterMoments: moments, resumedAt: kept.iteration });
      state.samplesRevision = this.core.samples.revision;
    });
  }

  private entryOf(
    of: PackedFrame | ClusterMoment,
    value: Kept,
    bytes: () => number = () => JSON.stringify(value).length,
  ): TimelineEntry {
    const named = this.named.get(of) ?? { key: crypto.randomUUID(), bytes: bytes() };
    this.named.set(of, named);
    return { ...named, iteration: of.iteration, value };
  }
}

const bytesOfFrame = ({ rgba, raw }: PackedFrame): number => rgba.size + (raw?.size ?? 0);

/** Marks are added all the time, so their entry is another one each time; of all iterations, so of the first. */
function entryOfMarks(markers: readonly RunMarker[]): TimelineEntry {
  const value: Kept = { kind: 'marks', markers };
  return { key: crypto.randomUUID(), iteration: 0, bytes: JSON.stringify(markers).length, value };
}
