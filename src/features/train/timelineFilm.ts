/**
 * The kept grids as a film: an MP4 by the browser's own video encoder where it has one (mediabunny is loaded only
 * then), else an animated WebP, else, where the browser writes no WebP, the grids of a dozen moments in one PNG.
 */
import { webpAnimation } from '../../formats/webpAnimation';
import { formatCount, formatKimg } from '../../ui/format';
import { atlas } from '../../ui/sampleDrawing';
import type { SampleFrame } from '../../state/sampleHistory';

export interface Film {
  blob: Blob;
  /** Ending of its file, without the dot. */
  ending: 'mp4' | 'webp' | 'png';
}

export interface FilmSource {
  count: number;
  load: (index: number) => Promise<SampleFrame | undefined>;
  /** Told after each frame; throws to give up. */
  onProgress: (done: number) => void;
}

const caption = 28;
const framesASecond = 12;
/** The last grid stays, so that it can be looked at. */
const lastSeconds = 2;
const stripMoments = 12;
/** Shorter side of the grid, at least; tiles are enlarged by a whole factor. */
const leastSide = 480;

interface Stage {
  canvas: OffscreenCanvas;
  draw: (frame: SampleFrame) => void;
}

/** A canvas that takes the grid of `frame`'s size. Its sides are even: video encoders ask for that. */
function stageFor(frame: SampleFrame): Stage {
  const [across, down] = [frame.columns * frame.size, frame.rows.length * frame.size];
  const scale = Math.max(1, Math.min(4, Math.ceil(leastSide / Math.min(across, down))));
  const even = (value: number): number => value + (value % 2);
  const canvas = new OffscreenCanvas(even(across * scale), even(down * scale + caption));
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser gives no canvas.');
  const draw = (each: SampleFrame): void => {
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingEnabled = false;
    context.drawImage(atlas({ ...each, rows: each.rows.length }), 0, caption, across * scale, down * scale);
    context.fillStyle = '#1c2b2b';
    context.font = '16px system-ui, sans-serif';
    context.textBaseline = 'middle';
    context.fillText(`Iteration ${formatCount(each.iteration)} · ${formatKimg(each.kimg)}`, 8, caption / 2);
  };
  return { canvas, draw };
}

async function eachFrame(source: FilmSource, use: (frame: SampleFrame, last: boolean) => Promise<void>): Promise<void> {
  for (let i = 0; i < source.count; i += 1) {
    const frame = await source.load(i);
    if (frame) await use(frame, i === source.count - 1);
    source.onProgress(i + 1);
  }
}

async function mp4(source: FilmSource, { canvas, draw }: Stage): Promise<Blob | null> {
  if (typeof VideoEncoder === 'undefined') return null;
  const media = await import('mediabunny');
  const { width, height } = canvas;
  const codec = await media.getFirstEncodableVideoCodec(['avc', 'hevc', 'av1', 'vp9'], { width, height });
  if (!codec) return null;
  const target = new media.BufferTarget();
  const output = new media.Output({ format: new media.Mp4OutputFormat({ fastStart: 'in-memory' }), target });
  const video = new media.CanvasSource(canvas, { codec, bitrate: media.QUALITY_HIGH });
  output.addVideoTrack(video, { frameRate: framesASecond });
  await output.start();
  let at = 0;
  await eachFrame(source, async (frame, last) => {
    draw(frame);
    const seconds = last ? lastSeconds : 1 / framesASecond;
    await video.add(at, seconds);
    at += seconds;
  });
  await output.finalize();
  return target.buffer && new Blob([target.buffer], { type: 'video/mp4' });
}

async function webp(source: FilmSource, { canvas, draw }: Stage): Promise<Blob | null> {
  const probe = await canvas.convertToBlob({ type: 'image/webp' });
  if (probe.type !== 'image/webp') return null;
  const frames: { webp: Uint8Array; milliseconds: number }[] = [];
  await eachFrame(source, async (frame, last) => {
    draw(frame);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.9 });
    const milliseconds = Math.round(1000 * (last ? lastSeconds : 1 / framesASecond));
    frames.push({ webp: new Uint8Array(await blob.arrayBuffer()), milliseconds });
  });
  return new Blob([webpAnimation(canvas.width, canvas.height, frames)], { type: 'image/webp' });
}

/** Positions spread evenly over `count`, both ends among them. */
function strip(count: number, most: number): number[] {
  const shown = Math.min(count, most);
  return Array.from({ length: shown }, (_, i) => (shown < 2 ? 0 : Math.round((i * (count - 1)) / (shown - 1))));
}

async function png(source: FilmSource, { canvas, draw }: Stage): Promise<Blob> {
  const moments = strip(source.count, stripMoments);
  const whole = new OffscreenCanvas(canvas.width * moments.length, canvas.height);
  for (const [i, index] of moments.entries()) {
    const frame = await source.load(index);
    if (!frame) continue;
    draw(frame);
    whole.getContext('2d')?.drawImage(canvas, i * canvas.width, 0);
    source.onProgress(Math.round(((i + 1) * source.count) / moments.length));
  }
  return whole.convertToBlob({ type: 'image/png' });
}

/** @param wish the kind that is tried first; what the browser cannot make gives way to the next */
export async function makeFilm(source: FilmSource, wish: Film['ending'] = 'mp4'): Promise<Film | null> {
  const first = await source.load(0);
  if (!first) return null;
  const stage = stageFor(first);
  const video = wish === 'mp4' ? await mp4(source, stage).catch(() => null) : null;
  if (video) return { blob: video, ending: 'mp4' };
  const animation = wish === 'png' ? null : await webp(source, stage);
  if (animation) return { blob: animation, ending: 'webp' };
  return { blob: await png(source, stage), ending: 'png' };
}
