/**
 * An animated WebP out of still ones, without encoding anything anew: the chunks of each still picture become one frame
 * (RIFF container, https://developers.google.com/speed/webp/docs/riff_container).
 */
import { joinedBytes } from '../shared/joined';

export interface AnimationFrame {
  /** A still WebP of the animation's size. */
  webp: Uint8Array;
  milliseconds: number;
}

const headerBytes = 12;
const latin = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));
const little = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);

/** A chunk: name, length, content, and a byte that makes the length even. */
function chunk(name: string, content: Uint8Array): Uint8Array {
  return joinedBytes([latin(name), little(content.length, 4), content, content.length % 2 === 1 ? [0] : []]);
}

/** The chunks of a still picture that hold its pixels, as they are. @throws RangeError where it is no WebP */
function pixelChunks(webp: Uint8Array): Uint8Array[] {
  const name = (at: number): string => String.fromCharCode(...webp.subarray(at, at + 4));
  if (name(0) !== 'RIFF' || name(8) !== 'WEBP') throw new RangeError('not a WebP picture');
  const view = new DataView(webp.buffer, webp.byteOffset, webp.byteLength);
  const found: Uint8Array[] = [];
  for (let at = headerBytes; at + 8 <= webp.length;) {
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length + (length % 2);
    if (end > webp.length) throw new RangeError('a WebP picture that ends too early');
    if (['VP8 ', 'VP8L', 'ALPH'].includes(name(at))) found.push(webp.subarray(at, end));
    at = end;
  }
  if (found.length === 0) throw new RangeError('a WebP picture without pixels');
  return found;
}

/**
 * Plays for ever. @param width of all frames, in pixels @param height likewise
 * @throws RangeError for a frame that is no still WebP
 */
export function webpAnimation(
  width: number,
  height: number,
  frames: readonly AnimationFrame[],
): Uint8Array<ArrayBuffer> {
  const size = [...little(width - 1, 3), ...little(height - 1, 3)];
  const animated = 0b10;
  const doNotBlend = 0b10;
  const chunks = [
    chunk('VP8X', Uint8Array.from([animated, 0, 0, 0, ...size])),
    chunk('ANIM', Uint8Array.from([255, 255, 255, 255, 0, 0])),
    ...frames.map(({ webp, milliseconds }) =>
      chunk(
        'ANMF',
        joinedBytes([[0, 0, 0, 0, 0, 0], size, little(milliseconds, 3), [doNotBlend], ...pixelChunks(webp)]),
      ),
    ),
  ];
  const body = joinedBytes(chunks);
  return joinedBytes([latin('RIFF'), little(body.length + 4, 4), latin('WEBP'), body]);
}
