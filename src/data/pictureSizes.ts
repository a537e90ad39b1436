/** Widths and heights of pictures from the beginnings of their files, without decoding them. */
import { pictureKind, readHeader } from './sniff';

/** A camera's preview may stand before the size; beyond that the size stays unknown. */
const headBytes = 256 * 1024;
const atOnce = 16;

export interface PictureSizes {
  /** As stored, before EXIF orientation; 0 where a header does not say. */
  widths: Uint32Array<ArrayBuffer>;
  heights: Uint32Array<ArrayBuffer>;
}

/** Throws the signal's reason. @param onProgress pictures done */
export async function pictureSizes(
  files: readonly Blob[],
  signal: AbortSignal,
  onProgress: (done: number) => void = () => undefined,
): Promise<PictureSizes> {
  const sizes = { widths: new Uint32Array(files.length), heights: new Uint32Array(files.length) };
  for (let from = 0; from < files.length; from += atOnce) {
    signal.throwIfAborted();
    await Promise.all(
      files.slice(from, from + atOnce).map(async (file, i) => {
        const size = await sizeOf(file);
        sizes.widths[from + i] = size?.width ?? 0;
        sizes.heights[from + i] = size?.height ?? 0;
      }),
    );
    onProgress(Math.min(files.length, from + atOnce));
  }
  return sizes;
}

async function sizeOf(file: Blob): Promise<{ width: number; height: number } | null> {
  try {
    const head = new Uint8Array(await file.slice(0, headBytes).arrayBuffer());
    const kind = pictureKind(head);
    return kind && readHeader(kind, head);
  } catch {
    // The header leads beyond what was read, or the file is gone: that is told where it is decoded.
    return null;
  }
}
