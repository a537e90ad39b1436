/**
 * Sheets of cocos2d, which are property lists: format 2 says "frame" and "rotated", format 3 "textureRect" and
 * "textureRotated". Rectangles are written as "{{2,4},{8,8}}".
 */
import { isRecord, type JsonRecord } from '../shared/record';
import { readPlist } from './plist';
import { framesOf, nameOf, wholeNumbers, wholeOf, type SheetFrame, type SpriteAtlas } from './spriteFrames';

/** Whether a file may be such an atlas, by its beginning. */
export const looksLikePlistAtlas = (head: string): boolean =>
  /<plist[\s>]/.test(head) && /<key>\s*frames\s*<\/key>/.test(head);

/** So many numbers of a text in braces; null where there are others. */
function tuple(text: unknown, count: number): number[] | null {
  if (typeof text !== 'string' || text.length > 200) return null;
  const numbers = text.replaceAll(/[{}\s]/g, '').split(',');
  return numbers.length === count && numbers.every((each) => each !== '') ? numbers.map(Number) : null;
}

/** Where a trimmed frame lay in what it was cut from: told, or by how far its middle is from the other's, upwards. */
function sourceOf(value: JsonRecord, width: number, height: number): number[] | null {
  const [wide, high] = tuple(value['spriteSourceSize'] ?? value['sourceSize'], 2) ?? [];
  if (wide === undefined || high === undefined) return null;
  const told = tuple(value['spriteColorRect'] ?? value['sourceColorRect'], 4);
  const [right = 0, up = 0] = tuple(value['spriteOffset'] ?? value['offset'], 2) ?? [];
  const [left, top] = told ?? [(wide - width) / 2 + right, (high - height) / 2 - up];
  return wholeNumbers(left, top, wide, high);
}

/** Null where it is no frame. */
function frameOf(name: string, value: unknown): SheetFrame | null {
  if (!isRecord(value)) return null;
  const numbers = wholeNumbers(...(tuple(value['textureRect'] ?? value['frame'], 4) ?? []));
  const [x, y, width, height] = numbers ?? [];
  if (x === undefined || y === undefined || width === undefined || height === undefined) return null;
  const turned = (value['textureRotated'] ?? value['rotated']) === true ? 90 : 0;
  const whole = wholeOf({ width, height }, sourceOf(value, width, height));
  return { name, x, y, width, height, turned, whole, tag: null };
}

/**
 * The sheet that an atlas speaks of; null for something else.
 * @throws AtlasRefused where it names too many frames
 */
export function readPlistAtlas(text: string): SpriteAtlas[] | null {
  const list = readPlist(text);
  if (!isRecord(list) || !isRecord(list['frames'])) return null;
  const frames = framesOf(Object.entries(list['frames']), frameOf);
  const about = isRecord(list['metadata']) ? list['metadata'] : {};
  const image = about['realTextureFileName'] ?? about['textureFileName'];
  return frames && [{ image: typeof image === 'string' && image !== '' ? nameOf(image) : null, frames }];
}
