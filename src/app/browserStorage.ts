/**
 * What the studio keeps in this browser, as the storage panel shows it: CLIPs by the list's names, features by the CLIP
 * that they were computed with, runs, changed labels and pictures.
 */
import { partsCache, type StoredClipFile } from '../clip/clipCache';
import { filesBytes, imageTowerFile, type ClipEntry } from '../clip/manifest';
import { openBlobStore, type BlobStore } from '../data/blobStore';
import { deleteFeatures, listFeatures, type StoredFeatures } from '../data/featureCache';
import { PictureShelf, type KeptSet } from '../data/pictureShelf';
import { ShelfLabelStore, type StoredLabels } from '../session/labels/shelfLabelStore';
import { ShelfRunStore, type StoredRun } from '../session/saving/shelfRunStore';
import type { HeldFolder, StorageItem, StoragePort, StorageReport } from '../state/ports';
import { formatKimg } from '../shared/kimg';
import { plural } from '../ui/format';
import { browserDisk } from './browserDisk';

/**
 * Files of each listed CLIP that are stored; a file that several share counts with the first. Files of no listed CLIP
 * come last.
 */
export function describeModels(
  entries: readonly ClipEntry[],
  stored: readonly StoredClipFile[],
): { item: StorageItem; hashes: string[] }[] {
  const left = new Map(stored.map((file) => [file.sha256, file]));
  const models: { item: StorageItem; hashes: string[] }[] = [];
  for (const { id, name, files } of entries) {
    // A tokenizer that belongs to several does not yet make the others stored.
    const own = files.filter(({ role, sha256 }) => role !== 'tokenizer' && left.has(sha256));
    if (own.length === 0) continue;
    const mine = files.flatMap(({ sha256 }) => left.get(sha256) ?? []);
    for (const { sha256 } of mine) left.delete(sha256);
    const whole = files.every(
      (file) => (stored.find(({ sha256 }) => sha256 === file.sha256)?.bytes ?? 0) >= file.bytes,
    );
    const used = Math.max(...mine.map((file) => file.used));
    models.push({
      item: { id: `model:${id}`, kind: 'model', name, bytes: filesBytes(mine), used, complete: whole },
      hashes: mine.map(({ sha256 }) => sha256),
    });
  }
  for (const file of left.values()) {
    models.push({
      item: {
        id: `file:${file.sha256}`,
        kind: 'model',
        name: `A CLIP file that is no longer listed (${file.sha256.slice(0, 8)})`,
        bytes: file.bytes,
        used: file.used,
        complete: false,
      },
      hashes: [file.sha256],
    });
  }
  return models;
}

/** One item for each CLIP: what it saw in pictures over any colour, the texts that it read, and what followed from them. */
export function describeFeatures(entries: readonly ClipEntry[], stored: readonly StoredFeatures[]): StorageItem[] {
  const clips = [...new Set(stored.map(({ clip }) => clip))];
  return clips.map((clip) => {
    const mine = stored.filter((each) => each.clip === clip);
    const entry = entries.find((each) => imageTowerFile(each)?.sha256.startsWith(clip));
    return {
      id: `features:${clip}`,
      kind: 'features',
      name: `Features of ${entry?.name ?? `your own CLIP (${clip.slice(0, 8)})`}`,
      bytes: mine.reduce((sum, { bytes }) => sum + bytes, 0),
      used: Math.max(...mine.map(({ used }) => used)),
      complete: true,
    };
  });
}

export function describeRun(run: StoredRun): StorageItem {
  const { id, name, kimg, imageCount, savedAt, storedBytes, whole, deletedAt, elsewhere } = run;
  const [length, size] = [formatKimg(kimg), plural(imageCount, 'picture')];
  const about = whole ? `Run at ${length}, ${size}` : `Curves and samples of a run at ${length}, ${size}`;
  const named = name === null ? about : `${name}: ${about}`;
  return {
    id: `run:${id}`,
    kind: 'run',
    name: deletedAt === null ? named : `${named} (deleted, can still be had back)`,
    bytes: storedBytes,
    used: savedAt,
    complete: true,
    held: elsewhere,
  };
}

export function describeLabels({ id, pictures, bytes, savedAt }: StoredLabels): StorageItem {
  return {
    id: `labels:${id}`,
    kind: 'labels',
    name: `Labels that you changed on ${plural(pictures, 'picture')}`,
    bytes,
    used: savedAt,
    complete: true,
  };
}

export function describePictures({ id, name, pictures, bytes, savedAt }: KeptSet): StorageItem {
  return {
    id: `pictures:${id}`,
    kind: 'pictures',
    name: `${name}: ${plural(pictures, 'picture')}`,
    bytes,
    used: savedAt,
    complete: true,
  };
}

/** No copy is kept of it, so it takes no room. */
export function describeFolder({ id, name, savedAt }: HeldFolder): StorageItem {
  return {
    id: `folder:${id}`,
    kind: 'pictures',
    name: `${name}: where it lies`,
    bytes: 0,
    used: savedAt,
    complete: true,
  };
}

export function browserStorage(listEntries: () => Promise<readonly ClipEntry[]>): StoragePort {
  const opened: { store: Promise<BlobStore> | null } = { store: null };
  const store = (): Promise<BlobStore> => (opened.store ??= openBlobStore());
  const runs = new ShelfRunStore();
  const labels = new ShelfLabelStore();
  const kept: { shelf: Promise<PictureShelf | null> | null } = { shelf: null };
  const pictures = (): Promise<PictureShelf | null> => (kept.shelf ??= PictureShelf.open());
  const disk = browserDisk();
  const entries = (): Promise<readonly ClipEntry[]> => listEntries().catch(() => []);
  return {
    async report(): Promise<StorageReport> {
      const [list, files, features, left, changed, sets, folders] = await Promise.all([
        entries(),
        partsCache(await store()).list(),
        listFeatures(await store()),
        runs.stored().catch(() => []),
        labels.stored().catch(() => []),
        pictures().then((shelf) => shelf?.list() ?? []),
        disk.list().catch(() => []),
      ]);
      const { usage, quota } = (await navigator.storage?.estimate?.().catch(() => ({}) as StorageEstimate)) ?? {};
      return {
        items: [
          ...describeModels(list, files).map(({ item }) => item),
          ...describeFeatures(list, features),
          ...left.map(describeRun),
          ...changed.filter(({ pictures: count }) => count > 0).map(describeLabels),
          ...sets.map(describePictures),
          ...folders.map(describeFolder),
        ],
        usedBytes: usage ?? null,
        quotaBytes: quota ?? null,
        persistent: (await navigator.storage?.persisted?.().catch(() => false)) ?? false,
      };
    },
    async remove(id) {
      if (id.startsWith('pictures:')) return (await pictures())?.remove(id.slice('pictures:'.length));
      if (id.startsWith('folder:')) return disk.remove(id.slice('folder:'.length));
      if (id.startsWith('labels:')) return labels.forget(id.slice('labels:'.length));
      if (id.startsWith('run:')) return runs.forget(id.slice('run:'.length));
      const cache = partsCache(await store());
      if (id.startsWith('features:')) {
        const stored = (await listFeatures(await store())).filter(({ clip }) => id === `features:${clip}`);
        for (const { folder } of stored) await deleteFeatures(await store(), folder);
        return undefined;
      }
      const model = describeModels(await entries(), await cache.list()).find(({ item }) => item.id === id);
      for (const hash of model?.hashes ?? []) await cache.remove(hash);
    },
    persist: async () => (await navigator.storage?.persist?.().catch(() => false)) ?? false,
  };
}
