/**
 * Where the pictures of a sheet lie in it, as the tools write it that pack sheets: JSON of TexturePacker ("hash" and
 * "array"), Phaser ("textures") and Aseprite (with tags), and Starling's XML (also "Sparrow"). Numbers are believed
 * only as far as they are numbers; whether a rectangle lies in its sheet is for whoever cuts it.
 */
import { isRecord, type JsonRecord } from '../shared/record';
import { xmlText } from './xmlText';

export interface SheetFrame {
  /** As the atlas has it: often a path, or a name with a number. */
  name: string;
  /** Pixels of the sheet. */
  x: number;
  y: number;
  width: number;
  height: number;
  /** It lies in the sheet turned by 90 degrees clockwise. */
  turned: boolean;
  /** What it was cut from before it was packed, where that was larger: its size, and where the frame lies in it. */
  whole: { width: number; height: number; left: number; top: number } | null;
  /** Of the animation that it belongs to; null where none is told. */
  tag: string | null;
}

export interface SpriteAtlas {
  /** Of the sheet, as the atlas names it; null where it does not. */
  image: string | null;
  frames: SheetFrame[];
}

export const atlasLimits = { bytes: 32 * 2 ** 20, frames: 100_000 };

/** An atlas that is not to be used; the message says why. */
export class AtlasRefused extends Error {
  override readonly name = 'AtlasRefused';
}

/** Whether a file may be an atlas, by its first thousands of characters. */
export const looksLikeAtlas = (head: string): boolean =>
  /"(?:frames|textures)"\s*:/.test(head) || /<TextureAtlas[\s>]/.test(head);

const nameOf = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

/** Whole numbers of pixels; null where one is none. */
function wholeNumbers(...values: unknown[]): number[] | null {
  const numbers = values.map((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value));
  if (!numbers.every((value) => typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 2 ** 31))
    return null;
  return (numbers as number[]).map((value) => Math.round(value));
}

/** What a trimmed frame was, where that is told and the frame lies in it. */
function wholeOf(size: { width: number; height: number }, numbers: number[] | null): SheetFrame['whole'] {
  const [left = 0, top = 0, width = 0, height = 0] = numbers ?? [];
  if (left < 0 || top < 0 || left + size.width > width || top + size.height > height) return null;
  return width === size.width && height === size.height ? null : { width, height, left, top };
}

/** Null where it is no frame. */
function jsonFrame(name: string, value: unknown): SheetFrame | null {
  if (!isRecord(value) || !isRecord(value['frame'])) return null;
  const { frame, rotated, spriteSourceSize: place, sourceSize: source } = value;
  const numbers = wholeNumbers(frame['x'], frame['y'], frame['w'], frame['h']);
  if (!numbers) return null;
  const [x = 0, y = 0, width = 0, height = 0] = numbers;
  const turned = rotated === true;
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

/** Null where these are no frames; half of what is there has to be. */
function framesIn(frames: unknown): SheetFrame[] | null {
  const named: [string, unknown][] = Array.isArray(frames)
    ? frames.map((value: unknown, at) => [
        isRecord(value) && typeof value['filename'] === 'string' ? value['filename'] : String(at),
        value,
      ])
    : isRecord(frames)
      ? Object.entries(frames)
      : [];
  if (named.length > atlasLimits.frames) throw tooMany(named.length);
  const found = named.flatMap(([name, value]) => {
    const frame = jsonFrame(name, value);
    return frame ? [frame] : [];
  });
  return found.length > 0 && found.length * 2 > named.length ? found : null;
}

function tooMany(count: number): AtlasRefused {
  const most = atlasLimits.frames.toLocaleString('en-US');
  return new AtlasRefused(`it names ${count.toLocaleString('en-US')} frames; up to ${most} are cut from a sheet`);
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
  if (tags.length > atlasLimits.frames) throw tooMany(tags.length);
  for (const tag of tags) {
    const of = attributesOf(tag.slice(0, Math.max(0, tag.indexOf('>'))));
    const numbers = wholeNumbers(of.get('x'), of.get('y'), of.get('width'), of.get('height'));
    if (!numbers) continue;
    const [x = 0, y = 0, wide = 0, high = 0] = numbers;
    const turned = of.get('rotated') === 'true';
    // Here the sizes are those in the sheet.
    const [width, height] = turned ? [high, wide] : [wide, high];
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
export const readSpriteAtlas = (text: string): SpriteAtlas[] | null =>
  /^\s*[{[]/.test(text) ? readJsonAtlas(text) : readXmlAtlas(text);
