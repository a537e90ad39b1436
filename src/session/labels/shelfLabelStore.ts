/** Changed labels in the browser's IndexedDB: those of the newest data sets. */
import { Shelf } from '../../persist/shelf';
import type { KeptLabels, LabelStore } from './labelKeeper';

interface About {
  /** Milliseconds since the epoch. */
  savedAt: number;
}

/** They are small; the oldest make room all the same, so that nothing grows for ever. */
const keptSets = 100;

export class ShelfLabelStore implements LabelStore {
  private opened: Promise<Shelf<About, KeptLabels>> | null = null;

  /** @param name of the database */
  constructor(private readonly name = 'lcp-gan-labels') {}

  async load(id: string): Promise<KeptLabels | null> {
    return (await this.shelf()).get(id);
  }

  async save(id: string, labels: KeptLabels): Promise<void> {
    const shelf = await this.shelf();
    await shelf.put(id, { savedAt: Date.now() }, labels);
    const entries = (await shelf.list()).toSorted((a, b) => b.about.savedAt - a.about.savedAt);
    for (const { id: old } of entries.slice(keptSets)) await shelf.delete(old);
  }

  private shelf(): Promise<Shelf<About, KeptLabels>> {
    this.opened ??= Shelf.open<About, KeptLabels>(this.name);
    // Refused once is not refused for good.
    this.opened.catch(() => (this.opened = null));
    return this.opened;
  }
}
