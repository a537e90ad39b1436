/**
 * Atlases of libGDX and Spine, in their own form: pages, each an image's name and what is said of it, then the regions in
 * it, a name each with lines of "key: value" below. The older form says "xy", "size", "orig" and "offset", the newer
 * "bounds" and "offsets". A blank line ends a page.
 */
import { AtlasRefused, checkFrameCount, nameOf, wholeNumbers, wholeOf } from './spriteFrames';
import type { SheetFrame, SpriteAtlas, Turn } from './spriteFrames';

/** Whether a file may be such an atlas, by its beginning: a picture's name, and what a page has. */
export const looksLikeGdxAtlas = (head: string): boolean =>
  /^\s*[^\r\n]{1,1000}\.[a-z\d]{2,5}[ \t]*\r?\n[ \t]*(?:size|format|filter|repeat|pma|scale)[ \t]*:/i.test(head);

/** Values of a line such as "xy: 2, 4"; null for a line that is a name. */
function entryOf(line: string): { key: string; values: string[] } | null {
  const colon = line.indexOf(':');
  if (colon < 0) return null;
  const values = line.slice(colon + 1).split(',', 8);
  return { key: line.slice(0, colon).trim(), values: values.map((each) => each.trim()) };
}

/** They are turned counter-clockwise, by 90 degrees where it is only said that they are. Null for what is no turn. */
function turnOf([value = 'false']: readonly string[] = []): Turn | null {
  const degrees = value === 'true' ? 90 : value === 'false' ? 0 : Number(value);
  const clockwise = (360 - degrees) % 360;
  return clockwise === 0 || clockwise === 90 || clockwise === 180 || clockwise === 270 ? clockwise : null;
}

/** Null where it is no frame. */
function frameOf(name: string, said: ReadonlyMap<string, readonly string[]>): SheetFrame | null {
  const [x, y, width, height] =
    wholeNumbers(...(said.get('bounds') ?? [...(said.get('xy') ?? []), ...(said.get('size') ?? [])])) ?? [];
  const turned = turnOf(said.get('rotate'));
  if (x === undefined || y === undefined || width === undefined || height === undefined || turned === null) return null;
  const source = wholeNumbers(...(said.get('offsets') ?? [...(said.get('offset') ?? []), ...(said.get('orig') ?? [])]));
  // Measured from below.
  const [left = 0, bottom = 0, wide = 0, high = 0] = source ?? [];
  const whole = source && wholeOf({ width, height }, [left, high - height - bottom, wide, high]);
  const [index = -1] = wholeNumbers(...(said.get('index') ?? [])) ?? [];
  return { name: index < 0 ? name : `${name}_${index}`, x, y, width, height, turned, whole, tag: null };
}

/**
 * The sheets that an atlas speaks of; null for something else.
 * @throws AtlasRefused where it names too many frames
 */
export function readGdxAtlas(text: string): SpriteAtlas[] | null {
  if (!looksLikeGdxAtlas(text.slice(0, 4096))) return null;
  const atlases: SpriteAtlas[] = [];
  let page: SpriteAtlas | null = null;
  let region: { name: string; said: Map<string, string[]> } | null = null;
  let regions = 0;
  const endRegion = (): void => {
    const frame = region && frameOf(region.name, region.said);
    if (frame) page?.frames.push(frame);
    region = null;
  };
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? text.length : end).trim();
    at = end < 0 ? text.length : end + 1;
    const entry = page === null ? null : entryOf(line);
    if (line === '') {
      endRegion();
      page = null;
    } else if (page === null) {
      page = { image: nameOf(line), frames: [] };
      atlases.push(page);
      if (atlases.length > 1000) throw new AtlasRefused('it names more than 1,000 sheets');
    } else if (entry === null) {
      endRegion();
      region = { name: line, said: new Map() };
      checkFrameCount((regions += 1));
    } else region?.said.set(entry.key, entry.values);
  }
  endRegion();
  const found = atlases.filter(({ frames }) => frames.length > 0);
  return found.length > 0 ? found : null;
}
