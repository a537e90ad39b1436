/**
 * The pictures as CLIP sees them, in a plane: near means alike. A dot is a picture in its class's color, a diamond a
 * learnt prompt, a ring a sample. A line drawn around dots shows these pictures; so does the choice of a cluster.
 */
import { RotateCw, Tag, Undo2 } from 'lucide-react';
import { useEffect, useId, useLayoutEffect, useRef, useState, type PointerEvent } from 'react';
import type { ClusterMap } from '../../session/knowledge/clusterMapTypes';
import { imageIndex } from '../../shared/indices';
import { joinedFloats } from '../../shared/joined';
import type { ClusterCard } from '../../shared/domain';
import { clusterName, sameSlots, useGivenNames } from '../../state/clusterNames';
import { clustersAt } from '../../state/runMarkers';
import { useStudio, useStudioState } from '../../state/studioContext';
import { imageFile } from '../../state/studioState';
import { Button } from '../../ui/Button';
import { FocusBack } from '../../ui/FocusBack';
import { plural } from '../../ui/format';
import { Thumbnail } from '../../ui/Thumbnail';
import { drawMap, layoutFrom, layoutOf, momentOf, othersOf, side, type Drawing, type Layout } from './mapDrawing';
import { isInside, type Point } from './mapPoints';
import { useWidth } from './useWidth';
import type { UmapReply, UmapRequest } from './umap.worker';

const shownPictures = 48;
/** Above this UMAP takes minutes: the plane stays. */
const umapMost = 6000;

/** The better plane, computed in a worker of its own; null until it is there. */
function useUmap(map: ClusterMap | null): Layout | null {
  const [found, setFound] = useState<{ of: ClusterMap; layout: Layout } | null>(null);
  useEffect(() => {
    if (!map || map.slots.length > umapMost || map.slots.length < 10) return undefined;
    const worker = new Worker(new URL('./umap.worker.ts', import.meta.url), { type: 'module', name: 'umap' });
    const parts = othersOf(map);
    worker.addEventListener('message', ({ data }: MessageEvent<UmapReply>) => {
      let from = 0;
      const rows = [map.pictures, ...parts].map((part) =>
        data.plane.subarray(from, (from += (2 * part.length) / map.dimensions)),
      );
      setFound({ of: map, layout: layoutFrom(rows, 2) });
      worker.terminate();
    });
    const others = joinedFloats(parts);
    const request: UmapRequest = { dimensions: map.dimensions, points: map.pictures, others };
    worker.postMessage(request);
    return () => worker.terminate();
  }, [map]);
  return found && found.of === map ? found.layout : null;
}

function Plane({ onChoose, ...drawing }: Omit<Drawing, 'lasso'> & { onChoose: (images: number[]) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(canvas);
  const [lasso, setLasso] = useState<readonly Point[]>([]);
  useLayoutEffect(() => {
    if (canvas.current && width > 0) drawMap(canvas.current, width, { ...drawing, lasso });
  });
  const at = (event: PointerEvent): Point => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: ((event.clientX - box.left) * side) / box.width, y: ((event.clientY - box.top) * side) / box.height };
  };
  const end = () => {
    const { pictures } = drawing.layout;
    onChoose(lasso.length < 3 ? [] : [...pictures.keys()].filter((i) => isInside(pictures[i] as Point, lasso)));
    setLasso([]);
  };
  const { map, clusters } = drawing;
  return (
    <canvas
      ref={canvas}
      data-testid="cluster-map"
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
      role="img"
      aria-label={`Map of ${plural(map.slots.length, 'picture')} and the prompts of ${plural(clusters.length, 'cluster')}`}
      className="aspect-square w-full max-w-[35rem] touch-none rounded-control border border-line bg-sunken text-ink"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setLasso([at(event)]);
      }}
      onPointerMove={(event) => lasso.length > 0 && setLasso([...lasso, at(event)])}
      onPointerUp={end}
    />
  );
}

/** Gives all the chosen pictures one label. It can be undone where pictures are labeled. */
function LabelAll({ images }: { images: readonly number[] }) {
  const { labeling } = useStudio();
  const id = useId();
  const labels = useStudioState((state) => state.labeling.labels);
  const canUndo = useStudioState((state) => state.labeling.undo.length > 0);
  const [to, setTo] = useState(0);
  if (!labels) return null;
  const { classes } = labels.book;
  const label = () =>
    labeling.label(Uint32Array.from(images), to, `${plural(images.length, 'picture')} as ${classes[to] ?? ''}`);
  return (
    <div className="mt-2 flex flex-wrap items-center gap-2 text-sm">
      <label htmlFor={id}>{images.length === 1 ? 'Label it as' : `Label all ${images.length} as`}</label>
      <select
        id={id}
        className="min-h-8 rounded-control border border-line-strong bg-raised px-2"
        value={to}
        onChange={({ target }) => setTo(Number(target.value))}
      >
        {classes.map((name, c) => (
          <option key={name} value={c}>
            {name}
          </option>
        ))}
      </select>
      {/* Arrow keys pass through classes that are not meant. */}
      <Button size="small" icon={Tag} onPress={label}>
        Label
      </Button>
      {canUndo && (
        <FocusBack>
          <Button size="small" variant="quiet" icon={Undo2} onPress={() => labeling.undo()}>
            Undo the last label
          </Button>
        </FocusBack>
      )}
    </div>
  );
}

function Chosen({
  images,
  map,
  clusters,
}: {
  images: readonly number[];
  map: ClusterMap;
  clusters: readonly ClusterCard[];
}) {
  const studio = useStudio();
  const givenName = useGivenNames(clusters);
  const counts = new Map<string, number>();
  for (const image of images) {
    const card = clusters[map.slots[image] ?? -1];
    const name = card ? clusterName(card, givenName(card.slot)) : 'no cluster';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const named = [...counts].toSorted((a, b) => b[1] - a[1]).slice(0, 4);
  if (images.length === 0)
    return (
      <p className="text-sm text-muted">
        Draw a line around dots to see their pictures, or choose a cluster above. Dots of one colour are a class,
        diamonds the learnt prompts, each with the way that it has come, rings samples of the generator. Near means
        alike to CLIP. The timeline moves the prompts.
      </p>
    );
  return (
    <section aria-label="Chosen pictures" className="min-w-0">
      <p className="mb-2 text-sm">
        <span className="font-semibold">{plural(images.length, 'picture')}</span>
        {`: ${named.map(([name, count]) => `${count} in ${name}`).join(', ')}${counts.size > 4 ? ', …' : ''}`}
      </p>
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(3.5rem,1fr))] gap-1">
        {images.slice(0, shownPictures).map((image) => {
          const file = imageFile(studio.state, imageIndex(image));
          return <li key={image}>{file && <Thumbnail file={file} alt={file.name} className="w-full" />}</li>;
        })}
      </ul>
      {images.length > shownPictures && (
        <p className="mt-1 text-xs text-muted">{`The first ${shownPictures} of them.`}</p>
      )}
      <LabelAll images={images} />
    </section>
  );
}

/** Asks for the map once; whoever wants it anew makes another of this. */
function Mapped({ clusters, onAgain }: { clusters: readonly ClusterCard[]; onAgain: () => void }) {
  const studio = useStudio();
  const id = useId();
  const [map, setMap] = useState<ClusterMap | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [images, setImages] = useState<readonly number[]>([]);
  const [slot, setSlot] = useState('');
  const givenName = useGivenNames(clusters);
  const better = useUmap(map);
  const moment = useStudioState((state) => state.run.moment);
  const now = useStudioState((state) => state.run.clusters);
  const then = map && moment !== null ? { clusters, at: momentOf(map, moment) } : null;
  const clusterMoments = useStudioState((state) => state.run.clusterMoments);
  const alike = (map?.past ?? []).map(({ iteration }) =>
    sameSlots(clustersAt({ clusters: now, clusterMoments }, iteration), then?.clusters ?? now),
  );
  useEffect(() => {
    let gone = false;
    studio.clusterWishes.map().then(
      (found) => {
        if (gone) return;
        setMap(found);
        setProblem(null);
      },
      (error: unknown) => !gone && setProblem(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      gone = true;
    };
  }, [studio]);
  if (problem !== null) return <p className="text-sm text-bad">{problem}</p>;
  if (!map) return <p className="text-sm text-muted">Laying out your pictures …</p>;
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,35rem)_minmax(0,1fr)]">
      <div className="min-w-0">
        <Plane
          layout={better ?? layoutOf(map)}
          map={map}
          clusters={now}
          then={then}
          alike={alike}
          chosen={new Set(images)}
          onChoose={(chosen) => {
            setSlot('');
            setImages(chosen);
          }}
        />
        <output className="mt-1 block text-xs text-muted">
          {better
            ? 'Neighbours are kept (UMAP); distances across the map mean little.'
            : map.slots.length > umapMost
              ? 'The two directions in which your pictures differ most.'
              : 'The two directions in which your pictures differ most; a map that keeps neighbours is being made.'}
          {then && ' Looking back: prompts as they were; samples are left out.'}
        </output>
      </div>
      <div className="flex min-w-0 flex-col gap-3">
        <div className="flex flex-wrap items-center gap-2 text-sm">
          <label htmlFor={id}>Cluster</label>
          <select
            id={id}
            className="min-h-8 rounded-control border border-line-strong bg-raised px-2"
            value={slot}
            onChange={({ target: { value } }) => {
              setSlot(value);
              setImages(
                value === '' ? [] : [...map.slots.keys()].filter((image) => map.slots[image] === Number(value)),
              );
            }}
          >
            <option value="">…</option>
            {clusters.map((card) => (
              <option key={card.slot} value={card.slot}>
                {clusterName(card, givenName(card.slot))}
              </option>
            ))}
          </select>
          <Button size="small" variant="quiet" icon={RotateCw} onPress={onAgain}>
            Draw the map anew
          </Button>
        </div>
        <Chosen images={images} map={map} clusters={clusters} />
      </div>
    </div>
  );
}

export function ClusterMapView({ clusters }: { clusters: readonly ClusterCard[] }) {
  const [round, setRound] = useState(0);
  // Where clusters were merged or split, the map is of others.
  const slots = useStudioState((state) => state.run.clusters.map(({ classIndex }) => classIndex).join());
  return <Mapped key={`${round} ${slots}`} clusters={clusters} onAgain={() => setRound(round + 1)} />;
}
