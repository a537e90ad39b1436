/** The kept grids as a reel for `makeFilm`: one after the other, each under its iteration. */
import { enlargement, even, type Reel } from '../../state/film';
import { formatKimg } from '../../shared/kimg';
import { formatCount } from '../../ui/format';
import { atlas } from '../../ui/sampleDrawing';
import type { SampleFrame, SampleHistory } from '../../state/sampleHistory';

const caption = 28;
const mostEnlarged = 4;

/** Null where no grid is kept. */
export async function timelineReel(
  samples: Pick<SampleHistory, 'length' | 'load'>,
  onProgress: Reel['onProgress'],
): Promise<Reel | null> {
  const first = await samples.load(0);
  if (!first) return null;
  const [across, down] = [first.columns * first.size, first.rows.length * first.size];
  const scale = enlargement(Math.min(across, down), mostEnlarged);
  const draw = (context: OffscreenCanvasRenderingContext2D, frame: SampleFrame): void => {
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    context.imageSmoothingEnabled = false;
    context.drawImage(atlas({ ...frame, rows: frame.rows.length }), 0, caption, across * scale, down * scale);
    context.fillStyle = '#1c2b2b';
    context.font = '16px system-ui, sans-serif';
    context.textBaseline = 'middle';
    context.fillText(`Iteration ${formatCount(frame.iteration)} · ${formatKimg(frame.kimg)}`, 8, caption / 2);
  };
  return {
    width: even(across * scale),
    height: even(down * scale + caption),
    count: samples.length,
    framesASecond: 12,
    // The last grid stays, so that it can be looked at.
    lastSeconds: 2,
    draw: async (context, index) => {
      const frame = await samples.load(index);
      if (frame) draw(context, frame);
    },
    onProgress,
  };
}
