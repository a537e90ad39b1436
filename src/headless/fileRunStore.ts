/**
 * Saves a run in one file. It is written beside and renamed, so that what is there is whole, also after a crash or a
 * full disk.
 */
import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import type { AboutRun, SavedRun, RunStore } from '../session/saving/savedRun';

/** The file's usual name in a run's folder. */
export const unfinishedName = 'unfinished.bin';

export class FileRunStore implements RunStore {
  /** @param everyMs least milliseconds from one writing to the next: what a broken-off run loses at most */
  constructor(
    private readonly file: string,
    readonly everyMs = 60_000,
  ) {}

  /** Processes have folders of their own. */
  claim(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async list(): Promise<AboutRun[]> {
    const run = await this.load();
    return run ? [run.about] : [];
  }

  async load(): Promise<SavedRun | null> {
    if (!existsSync(this.file)) return null;
    try {
      const run = deserialize(await readFile(this.file)) as SavedRun;
      return run.format === 1 ? run : null;
    } catch {
      return null; // not ours, or of a Node that wrote otherwise: the run begins anew
    }
  }

  async save(run: SavedRun): Promise<void> {
    const partial = `${this.file}.part`;
    await writeFile(partial, serialize(run));
    await rename(partial, this.file);
  }

  /** Whoever stopped it, it goes on when the same is begun in its folder. */
  async setStopped(): Promise<void> {
    return undefined;
  }

  async forget(): Promise<void> {
    await rm(this.file, { force: true });
  }
}
