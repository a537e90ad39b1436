/** A square view of a picture file, cropped at the middle. Decoded only when it scrolls into view. */
import { useEffect, useRef, useState } from 'react';
import { thumbnailOf } from './thumbnailCache';

export interface ThumbnailProps {
  file: Blob;
  /** What the picture is of; '' where a text beside it says so. */
  alt: string;
  className?: string;
}

function drawCover(canvas: HTMLCanvasElement, bitmap: ImageBitmap): void {
  const edge = Math.min(bitmap.width, bitmap.height);
  canvas.width = edge;
  canvas.height = edge;
  canvas.getContext('2d')?.drawImage(bitmap, (edge - bitmap.width) / 2, (edge - bitmap.height) / 2);
}

export function Thumbnail({ file, alt, className = '' }: ThumbnailProps) {
  const holder = useRef<HTMLCanvasElement>(null);
  const [state, setState] = useState<'waiting' | 'shown' | 'broken'>('waiting');
  useEffect(() => {
    const canvas = holder.current;
    if (!canvas) return undefined;
    let gone = false;
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        observer.disconnect();
        thumbnailOf(file).then(
          (bitmap) => {
            if (gone) return;
            drawCover(canvas, bitmap);
            setState('shown');
          },
          () => {
            if (!gone) setState('broken');
          },
        );
      },
      { rootMargin: '160px' },
    );
    observer.observe(canvas);
    return () => {
      gone = true;
      observer.disconnect();
    };
  }, [file]);
  const name = state === 'broken' ? `${alt} (cannot be shown)` : alt;
  const semantics = alt ? { role: 'img', 'aria-label': name } : { 'aria-hidden': true };
  return (
    <canvas
      ref={holder}
      {...semantics}
      className={`aspect-square rounded-[0.375rem] bg-sunken object-cover ${state === 'broken' ? 'outline-1 -outline-offset-1 outline-bad' : ''} ${className}`}
    />
  );
}
