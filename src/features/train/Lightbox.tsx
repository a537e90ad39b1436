/**
 * One sample, large: the arrow keys and buttons go to its neighbours in the grid and through time, and it can be pinned
 * below the grid.
 */
import { ArrowLeft, ArrowRight, ChevronsLeft, ChevronsRight, Pin, PinOff } from 'lucide-react';
import type { KeyboardEvent } from 'react';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { formatCount } from '../../ui/format';
import type { SampleFrame } from '../../state/sampleHistory';
import { TileCanvas, tileOf } from './TileCanvas';
import { neighbour, type Place } from './samplePlaces';

export interface LightboxProps {
  frame: SampleFrame;
  weights: 'ema' | 'raw';
  place: Place;
  /** Of the cluster. */
  name: string;
  pinned: boolean;
  /** Steps through the kept moments, -1 back and 1 on; null at that end. */
  onTime: { back: (() => void) | null; on: (() => void) | null };
  onMove: (place: Place) => void;
  onPin: () => void;
  onClose: () => void;
}

const steps: Record<string, Place> = {
  ArrowLeft: { row: 0, column: -1 },
  ArrowRight: { row: 0, column: 1 },
  ArrowUp: { row: -1, column: 0 },
  ArrowDown: { row: 1, column: 0 },
};

export function Lightbox(props: LightboxProps) {
  const { frame, weights, place, name, pinned, onTime, onMove, onPin, onClose } = props;
  const move = (step: Place) => onMove(neighbour(place, step, frame.rows.length, frame.columns));
  const onKey = (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    move(step);
  };
  const title = `${name}, seed ${place.column + 1}`;
  return (
    <Dialog title={title} isOpen onClose={onClose}>
      {/* The arrow keys move from any of the buttons inside. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div onKeyDown={onKey} className="grid gap-3" data-testid="lightbox">
        <TileCanvas
          size={frame.size}
          rgba={tileOf(frame, place.row, place.column, weights)}
          label={`Sample of ${title} at iteration ${formatCount(frame.iteration)}`}
          className="mx-auto w-full max-w-[min(24rem,55dvh)]"
        />
        <p className="numeric text-center text-sm text-muted" aria-live="polite">
          {`Iteration ${formatCount(frame.iteration)}${weights === 'raw' ? ', weights as they are' : ''}`}
        </p>
        <div className="flex flex-wrap items-center justify-center gap-1">
          <Button variant="quiet" iconOnly icon={ChevronsLeft} disabled={!onTime.back} onPress={() => onTime.back?.()}>
            Earlier
          </Button>
          <Button iconOnly icon={ArrowLeft} focusFirst onPress={() => move({ row: 0, column: -1 })}>
            Previous sample
          </Button>
          <Button icon={pinned ? PinOff : Pin} onPress={onPin}>
            {pinned ? 'Unpin' : 'Pin'}
          </Button>
          <Button iconOnly icon={ArrowRight} onPress={() => move({ row: 0, column: 1 })}>
            Next sample
          </Button>
          <Button variant="quiet" iconOnly icon={ChevronsRight} disabled={!onTime.on} onPress={() => onTime.on?.()}>
            Later
          </Button>
        </div>
        <p className="text-center text-xs text-muted">The arrow keys move through the grid.</p>
      </div>
    </Dialog>
  );
}
