/**
 * What the generator draws for one cluster, at the moment that the dashboard shows. The grid of that moment is loaded
 * once for all cards.
 */
import { createContext, useContext, useLayoutEffect, useRef, type ReactNode } from 'react';
import type { SlotIndex } from '../../shared/indices';
import { useStudioState } from '../../state/studioContext';
import type { SampleFrame } from '../../state/sampleHistory';
import { useMoment } from './useMoment';

const shown = 6;

const FrameContext = createContext<SampleFrame | undefined>(undefined);

/** Gives `ClusterSamples` inside of it the grid; nothing else in it is drawn anew for that. */
export function MomentFrame({ children }: { children: ReactNode }) {
  return <FrameContext value={useMoment().frame}>{children}</FrameContext>;
}

export function ClusterSamples({ slot, name }: { slot: SlotIndex; name: string }) {
  const frame = useContext(FrameContext);
  const raw = useStudioState((state) => state.watchRaw);
  const canvas = useRef<HTMLCanvasElement>(null);
  const row = frame?.rows.indexOf(slot) ?? -1;
  const count = Math.min(shown, frame?.columns ?? 0);
  const size = frame?.size ?? 0;
  const step = size + Math.max(1, Math.round(size / 12));
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || !frame || row < 0) return;
    const pixels = (raw && frame.raw) || frame.rgba;
    const bytes = size * size * 4;
    for (let column = 0; column < count; column += 1) {
      const at = (row * frame.columns + column) * bytes;
      context.putImageData(new ImageData(pixels.subarray(at, at + bytes), size, size), column * step, 0);
    }
  }, [frame, row, count, size, step, raw]);
  return (
    <div className="grid gap-1">
      <p className="text-xs text-muted">Samples drawn for it</p>
      {row < 0 ? (
        <p className="rounded-[0.375rem] bg-sunken px-2 py-3 text-center text-xs text-muted">None yet</p>
      ) : (
        <canvas
          ref={canvas}
          width={shown * step - (step - size)}
          height={size}
          data-testid="cluster-samples"
          // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
          role="img"
          aria-label={`Samples of ${name}`}
          className="pixelated w-full"
        />
      )}
    </div>
  );
}
