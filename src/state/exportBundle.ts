/** Turns the files of an export into one zip and names it after the day and the length of training. */
import { downloadZip } from 'client-zip';
import type { ExportResult } from '../session/protocol/commands';

const two = (value: number) => String(value).padStart(2, '0');

/** E.g. `lcp-gan-2026-11-22-1.5kimg.zip`; the date is the user's local one. */
export function bundleName(date: Date, kimg: number, kind = 'lcp-gan'): string {
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const length = kimg < 10 ? Number(kimg.toPrecision(2)) : Math.round(kimg);
  return `${kind}-${day}-${length}kimg.zip`;
}

/** @param onProgress bytes written so far */
export function zipBundle(
  { files }: ExportResult,
  date: Date,
  onProgress: (bytes: number) => void = () => undefined,
): Promise<Blob> {
  const zip = downloadZip(files.map(({ name, bytes }) => ({ name, input: bytes, lastModified: date })));
  let written = 0;
  const counted = zip.body?.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        written += chunk.byteLength;
        onProgress(written);
        controller.enqueue(chunk);
      },
    }),
  );
  return new Response(counted ?? null, { headers: { 'Content-Type': 'application/zip' } }).blob();
}
