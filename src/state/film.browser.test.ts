/** Films as others open them: by demuxer and decoder, frame after frame. */
import { ALL_FORMATS, BlobSource, Input, VideoSampleSink } from 'mediabunny';
import { expect, it } from 'vitest';
import { makeFilm, type Reel } from './film';

const colours = ['#d02020', '#20a020', '#2040d0', '#d0d020', '#202020'];
const [width, height] = [96, 64];

/** A colour a frame, at ten frames a second; the last one stays for two. */
function reel(told: number[]): Reel {
  return {
    width,
    height,
    count: colours.length,
    framesASecond: 10,
    lastSeconds: 2,
    draw: async (context, index) => {
      context.fillStyle = colours[index] ?? '';
      context.fillRect(0, 0, width, height);
    },
    onProgress: (done) => told.push(done),
  };
}
const begins = colours.map((_, i) => i / 10);
const duration = 2.4;

/** Red, green and blue in the middle of a decoded frame. */
function colourOf(frame: CanvasImageSource): number[] {
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context?.drawImage(frame, 0, 0);
  return [...(context?.getImageData(width / 2, height / 2, 1, 1).data.slice(0, 3) ?? [])];
}
const asked = colours.map((colour) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)));

function expectColours(seen: readonly number[][]): void {
  expect(seen).toHaveLength(asked.length);
  const off = seen.map((colour, i) => Math.max(...colour.map((value, j) => Math.abs(value - (asked[i]?.[j] ?? 0)))));
  expect(Math.max(...off)).toBeLessThan(24);
}

it('an MP4 has every frame, at its time, in its colour', async () => {
  const told: number[] = [];
  const { blob, ending } = await makeFilm(reel(told), 'mp4');
  expect(ending).toBe('mp4');
  expect(told).toEqual([1, 2, 3, 4, 5]);
  const input = new Input({ source: new BlobSource(blob), formats: ALL_FORMATS });
  const track = await input.getPrimaryVideoTrack();
  if (!track) throw new Error('no video track');
  expect(await input.computeDuration()).toBeCloseTo(duration, 2);
  const times: number[] = [];
  const seen: number[][] = [];
  for await (const sample of new VideoSampleSink(track).samples()) {
    times.push(sample.timestamp);
    expect([sample.displayWidth, sample.displayHeight]).toEqual([width, height]);
    const frame = sample.toVideoFrame();
    seen.push(colourOf(frame));
    frame.close();
    sample.close();
  }
  expectColours(seen);
  expect(times.map((time) => Math.round(100 * time) / 100)).toEqual(begins);
});

it('an animated WebP has every frame, for its time, in its colour', async () => {
  const { blob, ending } = await makeFilm(reel([]), 'webp');
  expect(ending).toBe('webp');
  const decoder = new ImageDecoder({ data: await blob.arrayBuffer(), type: 'image/webp' });
  await decoder.tracks.ready;
  await decoder.completed;
  expect(decoder.tracks.selectedTrack?.frameCount).toBe(colours.length);
  const seen: number[][] = [];
  const seconds: number[] = [];
  for (let frameIndex = 0; frameIndex < colours.length; frameIndex += 1) {
    const { image } = await decoder.decode({ frameIndex });
    expect([image.displayWidth, image.displayHeight]).toEqual([width, height]);
    seen.push(colourOf(image));
    seconds.push((image.duration ?? 0) / 1e6);
    image.close();
  }
  expectColours(seen);
  expect(seconds).toEqual([0.1, 0.1, 0.1, 0.1, 2]);
});
