/**
 * The samples that come nearest to a training picture, each beside that picture, so that an eye can judge whether the
 * generator has learnt pictures by heart.
 */
import { useEffect, useRef } from 'react';
import type { Evaluation } from '../../session/evaluation/evaluation';
import type { CopyTiles } from '../../state/runState';
import { imageFile } from '../../state/studioState';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Disclosure } from '../../ui/Disclosure';
import { formatShare } from '../../ui/format';
import { Thumbnail } from '../../ui/Thumbnail';

function Tile({ tiles, index, alt }: { tiles: CopyTiles; index: number; alt: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const bytes = tiles.size * tiles.size * 4;
    element.width = tiles.size;
    element.height = tiles.size;
    element
      .getContext('2d')
      ?.putImageData(new ImageData(tiles.rgba.slice(index * bytes, (index + 1) * bytes), tiles.size, tiles.size), 0, 0);
  }, [tiles, index]);
  const semantics = { role: 'img', 'aria-label': alt };
  return (
    <canvas
      ref={canvas}
      {...semantics}
      className="aspect-square w-full rounded-[0.375rem] [image-rendering:pixelated]"
    />
  );
}

export function MetricsCopies({ copies }: { copies: Evaluation['copies'] }) {
  const studio = useStudio();
  const tiles = useStudioState((state) => state.run.copyTiles);
  if (!copies || !tiles || copies.pairs.length === 0) return null;
  return (
    <Disclosure summary="Samples beside their nearest pictures">
      <p className="mb-3 text-xs text-muted">
        Left the sample, right the picture of yours that is nearest to it.{' '}
        {copies.samePixels === 0
          ? 'None of these is the same by its pixels.'
          : `${copies.samePixels} of these are the same by their pixels: add pictures or augmentation, or use an earlier export.`}
      </p>
      <ul className="grid grid-cols-2 gap-3 sm:grid-cols-4 xl:grid-cols-6">
        {copies.pairs.map((pair, i) => {
          const file = imageFile(studio.state, pair.real);
          return (
            <li key={pair.sample} className="grid grid-cols-2 gap-1">
              <Tile tiles={tiles} index={i} alt={`Sample ${i + 1}`} />
              {file && <Thumbnail file={file} alt={`Nearest picture to sample ${i + 1}`} className="w-full" />}
              <span className="numeric col-span-2 text-xs text-muted">
                nearer than {formatShare(1 - pair.rank)} of pairs
              </span>
            </li>
          );
        })}
      </ul>
    </Disclosure>
  );
}
