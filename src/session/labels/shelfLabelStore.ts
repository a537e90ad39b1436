/** Changed labels in the browser's IndexedDB: those of the newest data sets. */
import { LateShelf } from '../../persist/shelf';
import type { KeptLabels, LabelStore } from './labelKeeper';

interface About {
  /** Milliseconds since the epoch. */
  savedAt: number;
}

/** Changed labels of one data set, by what is said of them. */
export interface StoredLabels extends About {
  id: string;
  /** Whose label was changed. */
  pictures: number;
  bytes: number;
}

/** They are small; the oldest make room all the same, so that nothing grows for ever. */
const keptSets = 100;

export class ShelfLabelStore implements LabelStore {
  private readonly sets: LateShelf<About, KeptLabels>;

  /** @param name of the database */
  constructor(name = 'lcp-gan-labels') {
    this.sets = new LateShelf(name);
  }

  async load(id: string): Promise<KeptLabels | null> {
    return (await this.sets.shelf()).get(id);
  }

  async save(id: string, labels: KeptLabels): Promise<void> {
    const shelf = await this.sets.shelf();
    await shelf.put(id, { savedAt: Date.now() }, labels);
    const entries = (await shelf.list()).toSorted((a, b) => b.about.savedAt - a.about.savedAt);
    await shelf.delete(...entries.slice(keptSets).map(({ id: old }) => old));
  }

  /** What takes room: the changed labels of each data set. */
  async stored(): Promise<StoredLabels[]> {
    const shelf = await this.sets.shelf();
    return Promise.all(
      (await shelf.list()).map(async ({ id, about }) => {
        const { images } = (await shelf.get(id)) ?? { images: [] };
        return { id, savedAt: about.savedAt, pictures: images.length, bytes: 8 * images.length };
      }),
    );
  }

  async forget(id: string): Promise<void> {
    await (await this.sets.shelf()).delete(id);
  }
}
