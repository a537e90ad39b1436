/** Parts of archives as files: nothing is read until they are. */

/** An archive that gives its parts itself, where a `Blob` cannot: of the terminal, above 2 GiB (headless/diskFile.ts). */
export interface Divisible {
  /** @param from @param to bytes; `to` is the first that is left off */
  part(from: number, to: number, name: string, lastModified: number): File;
}

/** @param from @param to bytes; `to` is the first that is left off. @param lastModified milliseconds since 1970 */
export const partOf = (
  archive: Blob | (Blob & Divisible),
  from: number,
  to: number,
  name: string,
  lastModified: number,
): File =>
  'part' in archive
    ? archive.part(from, to, name, lastModified)
    : new File([archive.slice(from, to)], name, { lastModified });
