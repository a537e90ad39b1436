/**
 * PNG writer (PNG specification, third edition) for 8-bit RGB and RGBA pictures with text. Compression is the
 * platform's `CompressionStream`, which pages, workers and Node all have; a canvas exists in only some of them and
 * would not keep text. Rows are stored unfiltered.
 */
import { joinedBytes } from '../shared/joined';

export interface Picture {
  width: number;
  height: number;
  /** Row-major, 3 or 4 bytes a pixel. */
  pixels: Uint8Array | Uint8ClampedArray;
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const colorType = { 3: 2, 4: 6 } as const;

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

export function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = (crcTable[(c ^ byte) & 0xff] ?? 0) ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const isLatin1 = (text: string): boolean => [...text].every((character) => (character.codePointAt(0) ?? 0) < 256);

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = joinedBytes([latin1(type), data]);
  return joinedBytes([u32(data.length), body, u32(crc32(body))]);
}

/** `tEXt`, or `iTXt` where the text is beyond Latin-1. */
function textChunk(keyword: string, text: string): Uint8Array {
  if (!/^[ -~]{1,79}$/.test(keyword)) throw new RangeError(`"${keyword}" is no PNG keyword: 1 to 79 ASCII characters`);
  if (text.includes('\0')) throw new RangeError(`the text of "${keyword}" holds a zero character`);
  if (isLatin1(text)) return chunk('tEXt', joinedBytes([latin1(`${keyword}\0`), latin1(text)]));
  // Not compressed, no language, no translated keyword.
  return chunk('iTXt', joinedBytes([latin1(`${keyword}\0\0\0\0\0`), new TextEncoder().encode(text)]));
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  // 'deflate' is the zlib format (RFC 1950), the one PNG asks for.
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * @param text keyword -> text, e.g. Software, Description
 * @throws RangeError when the pixels do not fill the picture, or a keyword or text is none
 */
export async function encodePng(
  { width, height, pixels }: Picture,
  text: Readonly<Record<string, string>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const channels = pixels.length / (width * height);
  if (channels !== 3 && channels !== 4)
    throw new RangeError(`${pixels.length} bytes are no RGB or RGBA picture of ${width} x ${height}`);
  const rowBytes = width * channels;
  const rows = new Uint8Array(height * (1 + rowBytes));
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * rowBytes, (y + 1) * rowBytes), y * (1 + rowBytes) + 1);
  const header = joinedBytes([u32(width), u32(height), Uint8Array.of(8, colorType[channels], 0, 0, 0)]);
  const texts = Object.entries(text).map(([keyword, value]) => textChunk(keyword, value));
  return joinedBytes([
    Uint8Array.from(signature),
    chunk('IHDR', header),
    ...texts,
    chunk('IDAT', await deflate(rows)),
    chunk('IEND', new Uint8Array()),
  ]);
}
