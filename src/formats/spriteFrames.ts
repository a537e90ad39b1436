/**
 * What the readers of atlases have in common: frames of a sheet, and how far what an atlas says of them is believed.
 * Numbers are taken as far as they are numbers; whether a rectangle lies in its sheet is for whoever cuts it.
 */

/** Degrees by which a picture lies turned in its sheet, clockwise. */
export type Turn = 0 | 90 | 180 | 270;

export interface SheetFrame {
  /** As the atlas has it: often a path, or a name with a number. */
  name: string;
  /** Pixels of the sheet: where the frame begins, and its size before it was turned. */
  x: number;
  y: number;
  width: number;
  height: number;
  turned: Turn;
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

/** @throws AtlasRefused where so many frames are too many */
export function checkFrameCount(count: number): void {
  const most = atlasLimits.frames;
  if (count > most)
    throw new AtlasRefused(
      `it names ${count.toLocaleString('en-US')} frames; up to ${most.toLocaleString('en-US')} are cut from a sheet`,
    );
}

/** The last part of a path. */
export const nameOf = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

/** Whole numbers of pixels; null where one is none. */
export function wholeNumbers(...values: unknown[]): number[] | null {
  const numbers = values.map((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value));
  if (!numbers.every((value) => typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 2 ** 31))
    return null;
  return (numbers as number[]).map((value) => Math.round(value));
}

/** What a trimmed frame was, by its left, top, width and height, where that is told and the frame lies in it. */
export function wholeOf(size: { width: number; height: number }, numbers: number[] | null): SheetFrame['whole'] {
  const [left = 0, top = 0, width = 0, height = 0] = numbers ?? [];
  if (left < 0 || top < 0 || left + size.width > width || top + size.height > height) return null;
  return width === size.width && height === size.height ? null : { width, height, left, top };
}

/** Null where these are no frames; half of what is there has to be. @throws AtlasRefused */
export function framesOf(
  named: readonly (readonly [string, unknown])[],
  read: (name: string, value: unknown) => SheetFrame | null,
): SheetFrame[] | null {
  checkFrameCount(named.length);
  const found = named.flatMap(([name, value]) => {
    const frame = read(name, value);
    return frame ? [frame] : [];
  });
  return found.length > 0 && found.length * 2 > named.length ? found : null;
}
