/**
 * Where the pictures of a sheet lie in it, as the tools write it that pack sheets: JSON of TexturePacker ("hash" and
 * "array"), Phaser ("textures") and Aseprite (with tags), Starling's XML (also "Sparrow"), and what libGDX (gdxAtlas.ts)
 * and cocos2d (plistAtlas.ts) have.
 */
import { isRecord, type JsonRecord } from '../shared/record';
import { looksLikeGdxAtlas, readGdxAtlas } from './gdxAtlas';
import { looksLikePlistAtlas, readPlistAtlas } from './plistAtlas';
import { checkFrameCount, framesOf, nameOf, wholeNumbers, wholeOf } from './spriteFrames';
import type { SheetFrame, SpriteAtlas } from './spriteFrames';
import { xmlText } from './xmlText';

/** Whether a file may be an atlas, by its first thousands of characters. */
export const looksLikeAtlas = (head: string): boolean =>
  /"(?:frames|textures)"\s*:/.test(head) ||
  /<TextureAtlas[\s>]/.test(head) ||
  looksLikePlistAtlas(head) ||
  looksLikeGdxAtlas(head);

/** Null where it is no frame. */
function jsonFrame(name: string, value: unknown): SheetFrame | null {
  if (!isRecord(value) || !isRecord(value['frame'])) return null;
  const { frame, rotated, spriteSourceSize: place, sourceSize: source } = value;
  const numbers = wholeNumbers(frame['x'], frame['y'], frame['w'], frame['h']);
  if (!numbers) return null;
  const [x = 0, y = 0, width = 0, height = 0] = numbers;
  const turned = rotated === true ? 90 : 0;
  const whole =
    isRecord(place) && isRecord(source)
      ? wholeOf({ width, height }, wholeNumbers(place['x'], place['y'], source['w'], source['h']))
      : null;
  return { name, x, y, width, height, turned, whole, tag: null };
}

/** Tags of Aseprite: names of runs of frames, by their numbers. Of several the shortest is the nearest. */
function addTags(frames: SheetFrame[], meta: JsonRecord): void {
  const told = Array.isArray(meta['frameTags']) ? meta['frameTags'].filter(isRecord) : [];
  const tags = told.flatMap(({ name, from, to }) => {
    const numbers = wholeNumbers(from, to);
    return typeof name === 'string' && name.trim() !== '' && numbers
      ? [{ name, from: numbers[0] ?? 0, to: numbers[1] ?? -1 }]
      : [];
  });
  // The longest first, so that shorter ones have the last word.
  for (const { name, from, to } of tags.slice(0, 1000).toSorted((a, b) => b.to - b.from - (a.to - a.from)))
    for (let at = Math.max(0, from); at <= Math.min(to, frames.length - 1); at += 1) {
      const frame = frames[at];
      if (frame) frame.tag = name;
    }
}

/** Null where these are no frames. */
function framesIn(frames: unknown): SheetFrame[] | null {
  const named: [string, unknown][] = Array.isArray(frames)
    ? frames.map((value: unknown, at) => [
        isRecord(value) && typeof value['filename'] === 'string' ? value['filename'] : String(at),
        value,
      ])
    : isRecord(frames)
      ? Object.entries(frames)
      : [];
  return framesOf(named, jsonFrame);
}

function readJsonAtlas(text: string): SpriteAtlas[] | null {
  let json: unknown;
  try {
    json = JSON.parse(text) as unknown;
  } catch {
    return null;
  }
  if (!isRecord(json)) return null;
  const parts = Array.isArray(json['textures']) ? json['textures'].filter(isRecord) : [json];
  const atlases = parts.slice(0, 1000).flatMap((part): SpriteAtlas[] => {
    const frames = framesIn(part['frames']);
    if (!frames) return [];
    const meta = isRecord(part['meta']) ? part['meta'] : {};
    addTags(frames, meta);
    const image = meta['image'] ?? part['image'];
    return [{ image: typeof image === 'string' ? nameOf(image) : null, frames }];
  });
  return atlases.length > 0 ? atlases : null;
}

/** Attributes of a tag, by their names. */
const attributesOf = (tag: string): Map<string, string> =>
  new Map(
    [...tag.matchAll(/([\w:-]{1,40})\s*=\s*(?:"([^"]{0,4096})"|'([^']{0,4096})')/g)].map(
      ([, name = '', double, single]) => [name, xmlText(double ?? single ?? '')],
    ),
  );

function readXmlAtlas(text: string): SpriteAtlas[] | null {
  const head = /<TextureAtlas(?=[\s>])([^>]{0,10000})/.exec(text);
  if (!head) return null;
  const frames: SheetFrame[] = [];
  const tags = text.split(/<SubTexture(?=\s)/).slice(1);
  checkFrameCount(tags.length);
  for (const tag of tags) {
    const of = attributesOf(tag.slice(0, Math.max(0, tag.indexOf('>'))));
    const numbers = wholeNumbers(of.get('x'), of.get('y'), of.get('width'), of.get('height'));
    if (!numbers) continue;
    const [x = 0, y = 0, wide = 0, high = 0] = numbers;
    const turned = of.get('rotated') === 'true' ? 90 : 0;
    // Here the sizes are those in the sheet.
    const [width, height] = turned === 90 ? [high, wide] : [wide, high];
    const source = wholeNumbers(of.get('frameX'), of.get('frameY'), of.get('frameWidth'), of.get('frameHeight'));
    const [left = 0, top = 0, ...size] = source ?? [];
    const whole = source && wholeOf({ width, height }, [-left, -top, ...size]);
    frames.push({ name: of.get('name') ?? String(frames.length), x, y, width, height, turned, whole, tag: null });
  }
  const image = attributesOf(head[1] ?? '').get('imagePath');
  return frames.length > 0 ? [{ image: image ? nameOf(image) : null, frames }] : null;
}

/**
 * The sheets that an atlas speaks of; null for something else.
 * @throws AtlasRefused where it names too many frames
 */
export function readSpriteAtlas(text: string): SpriteAtlas[] | null {
  if (/^\s*[{[]/.test(text)) return readJsonAtlas(text);
  if (!/^\s*</.test(text)) return readGdxAtlas(text);
  return looksLikePlistAtlas(text.slice(0, 4096)) ? readPlistAtlas(text) : readXmlAtlas(text);
}
