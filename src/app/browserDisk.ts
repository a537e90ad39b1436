/** Folders on the disk that the browser keeps hold of, their handles stored in IndexedDB. */
import { areThere, handlesOf, mayRead } from '../data/diskHandles';
import type { Shelf } from '../persist/shelf';
import type { DiskPort, HeldFolder } from '../state/ports';

/** Folders that are kept hold of. */
const most = 6;

type About = Omit<HeldFolder, 'id'>;
type FolderShelf = Shelf<About, readonly FileSystemHandle[]>;

/** @param name of the database. Without storage nothing is kept, and nobody is troubled with it. */
export function browserDisk(name = 'lcp-gan-folders'): DiskPort {
  const opened: { shelf: Promise<FolderShelf | null> | null } = { shelf: null };
  const shelf = (): Promise<FolderShelf | null> =>
    (opened.shelf ??= import('../persist/shelf')
      .then(({ Shelf: Folders }) => Folders.open<About, readonly FileSystemHandle[]>(name))
      .catch(() => null));
  const list = async (): Promise<HeldFolder[]> =>
    ((await (await shelf())?.list()) ?? [])
      .map(({ id, about }) => ({ ...about, id }))
      .toSorted((a, b) => b.savedAt - a.savedAt);
  const remove = async (id: string): Promise<void> => (await shelf())?.delete(id);
  return {
    hold: handlesOf,
    list,
    async keep({ id, ...about }, handles) {
      await (await shelf())?.put(id, about, handles);
      for (const old of (await list()).slice(most)) await remove(old.id);
    },
    async open(id) {
      const handles = (await (await shelf())?.get(id)) ?? null;
      if (handles === null) return 'gone';
      if (!(await mayRead(handles))) return 'refused';
      return (await areThere(handles)) ? handles : 'gone';
    },
    remove,
  };
}
