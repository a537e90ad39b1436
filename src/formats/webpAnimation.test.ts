// Held to sharp (libvips), which reads animated WebP.
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { webpAnimation } from './webpAnimation';

const still = async (red: number): Promise<Uint8Array> =>
  sharp({ create: { width: 10, height: 6, channels: 3, background: { r: red, g: 20, b: 30 } } })
    .webp({ lossless: true })
    .toBuffer();

it('plays its frames in order, each for its time', async () => {
  const frames = await Promise.all([10, 120, 250].map(still));
  const animation = webpAnimation(
    10,
    6,
    frames.map((webp, i) => ({ webp, milliseconds: 100 * (i + 1) })),
  );
  const metadata = await sharp(animation, { animated: true }).metadata();
  expect(metadata).toMatchObject({
    format: 'webp',
    pages: 3,
    pageHeight: 6,
    width: 10,
    delay: [100, 200, 300],
    loop: 0,
  });
  const { data, info } = await sharp(animation, { animated: true }).raw().toBuffer({ resolveWithObject: true });
  const firstRed = (page: number) => data[page * 6 * 10 * info.channels];
  expect([firstRed(0), firstRed(1), firstRed(2)]).toEqual([10, 120, 250]);
});

it('refuses what is no WebP, or is cut off', async () => {
  const webp = await still(1);
  for (const broken of [new Uint8Array(40), webp.subarray(0, webp.length - 4), webp.subarray(0, 12)])
    expect(() => webpAnimation(10, 6, [{ webp: broken, milliseconds: 1 }])).toThrow(RangeError);
});
