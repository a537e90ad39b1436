/**
 * Frames as a film: an MP4 by the browser's own video encoder where it has one (mediabunny is loaded only then), else an
 * animated WebP, else, where the browser writes no WebP, a dozen moments in one PNG.
 */
import { webpAnimation } from '../formats/webpAnimation';

/** What a person can ask for. */
export type FilmKind = 'mp4' | 'webp';

export interface Film {
  blob: Blob;
  /** Ending of its file, without the dot. */
  ending: 'mp4' | 'webp' | 'png';
}

/** What is filmed. Video encoders ask for even sides. */
export interface Reel {
  width: number;
  height: number;
  /** Frames. */
  count: number;
  framesASecond: number;
  /** How long the last frame stays, in seconds. */
  lastSeconds: number;
  /** Draws frame `index` over all of the canvas. */
  draw: (context: OffscreenCanvasRenderingContext2D, index: number) => Promise<void>;
  /** Told after each frame; throws to give up. */
  onProgress: (done: number) => void;
}

const stripMoments = 12;

function stageFor({ width, height }: Reel): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (!context) throw new Error('The browser gives no canvas.');
  return context;
}

async function eachFrame(
  reel: Reel,
  context: OffscreenCanvasRenderingContext2D,
  use: (seconds: number) => Promise<void>,
): Promise<void> {
  for (let i = 0; i < reel.count; i += 1) {
    await reel.draw(context, i);
    await use(i === reel.count - 1 ? reel.lastSeconds : 1 / reel.framesASecond);
    reel.onProgress(i + 1);
  }
}

/** The codec that this browser can write such a film with; null where it has none. */
async function codecFor({ width, height }: Reel) {
  if (typeof VideoEncoder === 'undefined') return null;
  const media = await import('mediabunny');
  const codec = await media.getFirstEncodableVideoCodec(['avc', 'hevc', 'av1', 'vp9'], { width, height });
  return codec && { media, codec };
}

async function mp4(reel: Reel, context: OffscreenCanvasRenderingContext2D): Promise<Blob | null> {
  const found = await codecFor(reel);
  if (!found) return null;
  const { media, codec } = found;
  const target = new media.BufferTarget();
  const output = new media.Output({ format: new media.Mp4OutputFormat({ fastStart: 'in-memory' }), target });
  const video = new media.CanvasSource(context.canvas, { codec, bitrate: media.QUALITY_HIGH });
  output.addVideoTrack(video, { frameRate: reel.framesASecond });
  await output.start();
  let at = 0;
  await eachFrame(reel, context, async (seconds) => {
    await video.add(at, seconds);
    at += seconds;
  });
  await output.finalize();
  return target.buffer && new Blob([target.buffer], { type: 'video/mp4' });
}

async function webp(reel: Reel, context: OffscreenCanvasRenderingContext2D): Promise<Blob | null> {
  const { canvas } = context;
  const probe = await canvas.convertToBlob({ type: 'image/webp' });
  if (probe.type !== 'image/webp') return null;
  const frames: { webp: Uint8Array; milliseconds: number }[] = [];
  await eachFrame(reel, context, async (seconds) => {
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.9 });
    frames.push({ webp: new Uint8Array(await blob.arrayBuffer()), milliseconds: Math.round(1000 * seconds) });
  });
  return new Blob([webpAnimation(canvas.width, canvas.height, frames)], { type: 'image/webp' });
}

/** Positions spread evenly over `count`, both ends among them. */
function strip(count: number, most: number): number[] {
  const shown = Math.min(count, most);
  return Array.from({ length: shown }, (_, i) => (shown < 2 ? 0 : Math.round((i * (count - 1)) / (shown - 1))));
}

async function png(reel: Reel, context: OffscreenCanvasRenderingContext2D): Promise<Blob> {
  const moments = strip(reel.count, stripMoments);
  const whole = new OffscreenCanvas(reel.width * moments.length, reel.height);
  for (const [i, index] of moments.entries()) {
    await reel.draw(context, index);
    whole.getContext('2d')?.drawImage(context.canvas, i * reel.width, 0);
    reel.onProgress(Math.round(((i + 1) * reel.count) / moments.length));
  }
  return whole.convertToBlob({ type: 'image/png' });
}

/** A whole factor that makes the shorter side at least 480 pixels where that takes no more than `most`. */
export function enlargement(shorter: number, most: number): number {
  return Math.max(1, Math.min(most, Math.ceil(480 / shorter)));
}

export const even = (value: number): number => value + (value % 2);

/** What the browser cannot make gives way to the next kind. */
export async function makeFilm(reel: Reel, wish: FilmKind): Promise<Film> {
  const context = stageFor(reel);
  const video = wish === 'mp4' ? await mp4(reel, context).catch(() => null) : null;
  if (video) return { blob: video, ending: 'mp4' };
  const animation = await webp(reel, context);
  if (animation) return { blob: animation, ending: 'webp' };
  return { blob: await png(reel, context), ending: 'png' };
}
