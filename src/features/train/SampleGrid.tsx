/**
 * The grid of fixed-seed samples: a row for each cluster, grouped by class, a column for each seed, at the moment that
 * the dashboard shows. The canvas is one image to assistive technology; row and column names are text around it, and
 * every tile can be opened large from the keyboard.
 */
import { Maximize2, Pin, X } from 'lucide-react';
import { useState } from 'react';
import { conditioningWeight } from '../../lcp/training/schedule';
import type { SlotIndex } from '../../shared/indices';
import type { ClusterCard } from '../../shared/domain';
import { clusterName, useGivenNames } from '../../state/clusterNames';
import type { SampleFrame } from '../../state/sampleHistory';
import { useStudio, useStudioState } from '../../state/studioContext';
import { formatKimg } from '../../shared/kimg';
import { Button } from '../../ui/Button';
import { Card } from '../../ui/Card';
import { formatCount, formatShare } from '../../ui/format';
import { Segmented } from '../../ui/Segmented';
import { GridCanvas } from './GridCanvas';
import { Lightbox } from './Lightbox';
import type { Place } from './samplePlaces';
import { TileCanvas, tileOf } from './TileCanvas';
import { useClustersOf, useMoment } from './useMoment';
import { useEndedEarly } from './useEndedEarly';

export interface SampleGridProps {
  selected: SlotIndex | null;
  onSelect: (slot: SlotIndex | null) => void;
}

/**
 * A pin is a latent under a cluster's condition: it is followed through time, whatever order the rows are in. By class
 * and number, since slots move up where clusters of another class are merged or split.
 */
interface PinnedSample {
  classIndex: number;
  cluster: number;
  column: number;
}

const keyOf = ({ classIndex, cluster, column }: PinnedSample): string => `${classIndex}.${cluster}.${column}`;
const samePin = (a: PinnedSample, b: PinnedSample): boolean => keyOf(a) === keyOf(b);

interface PinsProps {
  frame: SampleFrame;
  weights: 'ema' | 'raw';
  pins: readonly PinnedSample[];
  clusters: readonly ClusterCard[];
  nameOf: (card: ClusterCard) => string;
  onOpen: (place: Place) => void;
  onUnpin: (pin: PinnedSample) => void;
}

function Pins({ frame, weights, pins, clusters, nameOf, onOpen, onUnpin }: PinsProps) {
  if (pins.length === 0) return null;
  return (
    <section aria-label="Pinned samples">
      <h3 className="eyebrow mb-2 flex items-center gap-1.5">
        <Pin className="size-3.5" aria-hidden />
        Pinned
      </h3>
      <ul className="flex flex-wrap gap-2">
        {pins.map((pin) => {
          const card = clusters.find(
            ({ classIndex, cluster }) => classIndex === pin.classIndex && cluster === pin.cluster,
          );
          // There is no such cluster at this moment.
          if (!card) return null;
          const row = frame.rows.indexOf(card.slot);
          const name = `${nameOf(card)}, seed ${pin.column + 1}`;
          return (
            <li key={keyOf(pin)} className="relative">
              <button type="button" className="block" onClick={() => onOpen({ row, column: pin.column })}>
                <TileCanvas
                  size={frame.size}
                  rgba={tileOf(frame, row, pin.column, weights)}
                  label={`Sample of ${name}`}
                  className="size-24"
                />
                <span className="block max-w-24 truncate text-xs text-muted">{name}</span>
              </button>
              <button
                type="button"
                aria-label={`Unpin ${name}`}
                onClick={() => onUnpin(pin)}
                className="absolute end-1 top-1 grid size-6 place-items-center rounded-full bg-raised/90 hover:bg-raised"
              >
                <X className="size-3.5" aria-hidden />
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** Whose samples: the moving average's, which are exported, or those of the weights as they are. */
function WeightsChoice() {
  const studio = useStudio();
  const raw = useStudioState((state) => state.watchRaw);
  return (
    <Segmented
      label="Weights that draw the samples"
      options={[
        { value: 'ema', label: 'Average' },
        { value: 'raw', label: 'Raw' },
      ]}
      value={raw ? 'raw' : 'ema'}
      onChange={(weights) => void studio.watchRaw(weights === 'raw')}
    />
  );
}

const howToRead =
  'Each row is a cluster, by its number; its card below shows which of your pictures it stands for. Each column is a random start that stays the same, so that you see it change.';

export function SampleGrid({ selected, onSelect }: SampleGridProps) {
  const endedEarly = useEndedEarly();
  const { frame, iterations, index, following, goTo } = useMoment();
  const clusters = useClustersOf(frame);
  const givenName = useGivenNames(clusters);
  const config = useStudioState((state) => state.config);
  const wantsRaw = useStudioState((state) => state.watchRaw);
  const [open, setOpen] = useState<Place | null>(null);
  const [pins, setPins] = useState<readonly PinnedSample[]>([]);
  const weights = wantsRaw && frame?.raw ? 'raw' : 'ema';
  const toggle = (pin: PinnedSample) =>
    setPins(pins.some((each) => samePin(each, pin)) ? pins.filter((each) => !samePin(each, pin)) : [...pins, pin]);
  const note = frame
    ? `Iteration ${formatCount(frame.iteration)} · ${formatKimg(frame.kimg)}${following ? '' : ' · looking back'}`
    : howToRead;
  const nameOf = (card: ClusterCard): string => clusterName(card, givenName(card.slot));
  const openSlot = open && frame?.rows[open.row];
  const openCard = clusters.find(({ slot }) => slot === openSlot);
  return (
    <Card
      title="Samples"
      note={note}
      tools={
        frame && (
          <>
            <Button
              variant="quiet"
              size="small"
              iconOnly
              icon={Maximize2}
              onPress={() =>
                setOpen({ row: Math.max(0, selected === null ? 0 : frame.rows.indexOf(selected)), column: 0 })
              }
            >
              Look at the samples one by one
            </Button>
            <WeightsChoice />
          </>
        )
      }
    >
      {frame ? (
        <div className="grid gap-4">
          <GridCanvas
            frame={frame}
            rgba={weights === 'raw' ? (frame.raw ?? frame.rgba) : frame.rgba}
            clusters={clusters}
            selected={selected}
            onSelect={onSelect}
            onOpen={setOpen}
          />
          <p className="text-xs text-muted">
            {howToRead}
            {conditioningWeight(config, frame.kimg) === 0 &&
              ` Rows are alike so far: classes and clusters count from ${formatShare(config.conditioning.rampStart)} of the run on.`}
          </p>
          {wantsRaw && weights === 'ema' && (
            <p className="text-xs text-muted">
              Raw samples were not drawn at this moment; these are the average’s. They come with the next grid.
            </p>
          )}
          {wantsRaw && (
            <p className="text-xs text-muted">
              Raw is the generator as it is this very moment: noisier than the average, which is what an export holds.
            </p>
          )}
          <Pins
            frame={frame}
            weights={weights}
            pins={pins}
            clusters={clusters}
            nameOf={nameOf}
            onOpen={setOpen}
            onUnpin={toggle}
          />
        </div>
      ) : (
        <p className="grid min-h-48 place-items-center rounded-control bg-sunken px-4 text-center text-sm text-muted">
          {endedEarly
            ? 'There are none: the run ended before training began.'
            : 'The first samples appear when training begins.'}
        </p>
      )}
      {frame && open && openCard && (
        <Lightbox
          frame={frame}
          weights={weights}
          place={open}
          name={nameOf(openCard)}
          pinned={pins.some((each) => samePin(each, { ...openCard, column: open.column }))}
          onTime={{
            back: index > 0 ? () => goTo(index - 1) : null,
            on: index < iterations.length - 1 ? () => goTo(index + 1) : null,
          }}
          onMove={setOpen}
          onPin={() => toggle({ classIndex: openCard.classIndex, cluster: openCard.cluster, column: open.column })}
          onClose={() => setOpen(null)}
        />
      )}
    </Card>
  );
}
