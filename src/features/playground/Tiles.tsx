/** The samples that were drawn last, each over the real picture that lies nearest to it where that was asked for. */
import { useLayoutEffect, useRef } from 'react';
import type { NearestReal } from '../../session/playground/drawn';
import type { DrawnTiles } from '../../state/playgroundState';
import { useStudioState } from '../../state/studioContext';
import { imageFile } from '../../state/studioState';
import { Thumbnail } from '../../ui/Thumbnail';

function Tile({ tiles, index, name = `Sample ${index + 1}` }: { tiles: DrawnTiles; index: number; name?: string }) {
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
      aria-label={name}
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

/** Above, and at the left, the samples by themselves. */
function MixedTiles({ tiles, columns }: { tiles: DrawnTiles; columns: number }) {
  const rows = (tiles.count - columns) / (columns + 1);
  const across = Array.from({ length: columns }, (_, column) => column);
  return (
    <table aria-label="Mixed samples" className="w-full max-w-3xl table-fixed border-separate border-spacing-1">
      <thead>
        <tr>
          <td>
            <span className="sr-only">Samples</span>
          </td>
          {across.map((column) => (
            <th key={column} scope="col" className="border-b-2 border-accent pb-1">
              <Tile tiles={tiles} index={column} name={`Column ${column + 1}`} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Array.from({ length: rows }, (_, row) => {
          const first = columns + row * (columns + 1);
          return (
            <tr key={row}>
              <th scope="row" className="border-e-2 border-accent pe-1">
                <Tile tiles={tiles} index={first} name={`Row ${row + 1}`} />
              </th>
              {across.map((column) => (
                <td key={column}>
                  <Tile tiles={tiles} index={first + 1 + column} name={`Row ${row + 1} with column ${column + 1}`} />
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

export function Tiles({ nearest }: { nearest: boolean }) {
  const tiles = useStudioState((state) => state.playground.tiles);
  if (!tiles) return <div className="min-h-48 rounded-control bg-sunken" />;
  if (tiles.columns !== null) return <MixedTiles tiles={tiles} columns={tiles.columns} />;
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
