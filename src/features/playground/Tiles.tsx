/** The samples that were drawn last, each over the real picture that lies nearest to it where that was asked for. */
import { useLayoutEffect, useRef } from 'react';
import type { NearestReal } from '../../session/playground/drawn';
import type { DrawnTiles } from '../../state/playgroundState';
import { useStudioState } from '../../state/studioContext';
import { imageFile } from '../../state/studioState';
import { Thumbnail } from '../../ui/Thumbnail';

function Tile({ tiles, index }: { tiles: DrawnTiles; index: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { size } = tiles;
  useLayoutEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(new ImageData(tiles.tile(index), size, size), 0, 0);
  }, [tiles, index, size]);
  return (
    <canvas
      ref={canvas}
      width={size}
      height={size}
      data-testid="drawn-tile"
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
      role="img"
      aria-label={`Sample ${index + 1}`}
      className="pixelated aspect-square w-full rounded-[0.375rem]"
    />
  );
}

function Nearest({ nearest, index }: { nearest: NearestReal; index: number }) {
  const file = useStudioState((state) => imageFile(state, nearest.image));
  return (
    <figure>
      {file && <Thumbnail file={file} alt={`Real picture nearest to sample ${index + 1}`} className="w-full" />}
      <figcaption className="numeric text-center text-xs text-muted">{nearest.cosine.toFixed(2)}</figcaption>
    </figure>
  );
}

export function Tiles({ nearest }: { nearest: boolean }) {
  const tiles = useStudioState((state) => state.playground.tiles);
  if (!tiles) return <div className="min-h-48 rounded-control bg-sunken" />;
  return (
    <ul className="grid grid-cols-[repeat(auto-fill,minmax(5.5rem,1fr))] gap-2" aria-label="Samples">
      {Array.from({ length: tiles.count }, (_, i) => {
        const real = nearest ? tiles.nearest?.[i] : undefined;
        return (
          <li key={i} className="grid gap-1">
            <Tile tiles={tiles} index={i} />
            {real && <Nearest nearest={real} index={i} />}
          </li>
        );
      })}
    </ul>
  );
}
