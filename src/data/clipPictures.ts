/**
 * Pictures at CLIP's size from the pass that decodes them for training, so that CLIP need not have them read and decoded
 * again. What is held is bounded: pictures beyond `limit` are decoded a second time when CLIP looks at them. Pictures
 * are found by content, and what CLIP has already seen (`known`) is not held at all.
 */
import type { SquarePicture } from './decode';
import { resizeSquare } from './resize';

/** 3,500 pictures of 224 x 224, 43,000 of 64 x 64; smaller ones are held as they are. */
const LIMIT_BYTES = 512 * 2 ** 20;

export class ClipPictures {
  private readonly pictures = new Map<string, SquarePicture>();
  private bytes = 0;

  /**
   * @param size edge of CLIP's input in pixels
   * @param known content hashes of the pictures whose features are there already
   */
  constructor(
    readonly size: number,
    private readonly known: ReadonlySet<string> = new Set(),
    private readonly limit: number = LIMIT_BYTES,
  ) {}

  /** Whether the picture with this content hash is worth making. */
  readonly wants = (hash: string): boolean =>
    this.bytes < this.limit && !this.known.has(hash) && !this.pictures.has(hash);

  /** Takes a picture over. Those that were under way when the limit was reached may exceed it. */
  hold(hash: string, picture: SquarePicture): void {
    if (this.pictures.has(hash)) return;
    this.pictures.set(hash, picture);
    this.bytes += picture.rgb.length;
  }

  /** RGB bytes [size, size, 3]; null where the picture is not held, or not in a form that gives this size exactly. */
  at(hash: string, size: number): Uint8Array | null {
    const picture = this.pictures.get(hash);
    return picture ? squareAt(picture, size) : null;
  }

  /** Gives the memory back. */
  clear(): void {
    this.pictures.clear();
    this.bytes = 0;
  }
}

/** RGB bytes [size, size, 3] as decoding to this size would give them; null where they can no longer be had. */
export function squareAt({ rgb, edge, original }: SquarePicture, size: number): Uint8Array | null {
  if (edge === size) return rgb;
  return original ? resizeSquare(rgb, edge, size) : null;
}
