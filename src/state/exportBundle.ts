/** Turns the files of an export into one zip and names it after the day and the length of training. */
import { downloadZip } from 'client-zip';
import type { ExportResult } from '../session/protocol/commands';

const two = (value: number) => String(value).padStart(2, '0');

/** E.g. `lcp-gan-2026-11-22-1.5kimg.zip`; the date is the user's local one. */
export function bundleName(date: Date, kimg: number): string {
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const length = kimg < 10 ? Number(kimg.toPrecision(2)) : Math.round(kimg);
  return `lcp-gan-${day}-${length}kimg.zip`;
}

export function zipBundle(bundle: ExportResult, date: Date): Promise<Blob> {
  return downloadZip(bundle.files.map(({ name, bytes }) => ({ name, input: bytes, lastModified: date }))).blob();
}
