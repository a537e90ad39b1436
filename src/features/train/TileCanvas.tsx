/** One sample tile, enlarged with hard pixels. One image to assistive technology. */
import { useLayoutEffect, useRef } from 'react';
import type { SampleFrame } from '../../state/sampleHistory';

export interface TileCanvasProps {
  size: number;
  /** size x size RGBA. */
  rgba: Uint8ClampedArray<ArrayBuffer>;
  label: string;
  className?: string;
}

export function TileCanvas({ size, rgba, label, className = '' }: TileCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(new ImageData(rgba, size, size), 0, 0);
  }, [rgba, size]);
  return (
    <canvas
      ref={canvas}
      width={size}
      height={size}
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
      role="img"
      aria-label={label}
      className={`pixelated aspect-square rounded-[0.375rem] ${className}`}
    />
  );
}

/** The pixels of one tile; grey where the frame has no such tile. @param weights whose samples */
export function tileOf(
  frame: SampleFrame,
  row: number,
  column: number,
  weights: 'ema' | 'raw',
): Uint8ClampedArray<ArrayBuffer> {
  const bytes = frame.size * frame.size * 4;
  const tile = new Uint8ClampedArray(bytes).fill(128);
  const at = (row * frame.columns + column) * bytes;
  const pixels = weights === 'raw' ? (frame.raw ?? frame.rgba) : frame.rgba;
  if (row >= 0 && column < frame.columns) tile.set(pixels.subarray(at, at + bytes));
  return tile;
}
