/** The real world behind the store: the trainer worker, the disk, the network and the download folder. */
import { filesBytes, imageTowerFile, parseManifest, type ClipEntry } from '../clip/manifest';
import { browserDisk } from './browserDisk';
import type { PictureShelf } from '../data/pictureShelf';
import { readDrop } from '../data/readDrop';
import { loadSample } from '../data/sample';
import { sheetsApart } from '../data/sheets/sheetsApart';
import { createSessionClient } from '../session/protocol/client';
import { StudioError } from '../shared/errors';
import { scheduleFrame } from '../state/eventBatcher';
import { browserTilePacker } from '../state/tilePacker';
import { keptReadings } from '../state/keptReadings';
import { storageOf } from '../state/pageStorage';
import { unfinishedReading } from '../state/unfinishedReading';
import type { ClipChoice, EvaluationChoice, PicturesPort, RunsPort, StoragePort, StudioPorts } from '../state/ports';

async function listEntries(modelsUrl: string): Promise<ClipEntry[]> {
  const response = await fetch(`${modelsUrl}manifest.json`).catch(() => null);
  if (!response?.ok) {
    throw new StudioError({
      code: 'clip-missing',
      what: 'The list of CLIP models could not be loaded.',
      why: response ? `The server answered ${response.status}.` : 'The server did not answer.',
      action: 'Check the connection and reload the page, or choose CLIP files of your own.',
    });
  }
  return parseManifest(await response.text()).entries;
}

async function listClipModels(modelsUrl: string): Promise<ClipChoice[]> {
  return (await listEntries(modelsUrl)).map((entry) => ({
    id: entry.id,
    name: entry.name,
    description: entry.note,
    more: entry.more,
    hash: imageTowerFile(entry)?.sha256 ?? '',
    trainedOn: entry.trainedOn,
    critic: entry.critic,
    embedded: entry.embedded,
    standIn: entry.standIn,
    bytes: filesBytes(entry.files),
    licence: entry.licence,
  }));
}

/**
 * Which networks there are, and for those with a file whether this site has it: a static host may have been set up
 * without.
 */
async function listEvaluationNetworks(modelsUrl: string): Promise<EvaluationChoice[]> {
  const { parseNetworkManifest } = await import('../metrics/networkManifest');
  const { entries } = parseNetworkManifest(await (await fetch(`${modelsUrl}evaluation.json`)).text());
  const isHere = async (url: string, bytes: number): Promise<boolean> => {
    const response = await fetch(`${modelsUrl}${url}`, { method: 'HEAD' }).catch(() => null);
    // Servers of single-page applications answer any address, with their page.
    return (
      response !== null &&
      response.ok &&
      Number(response.headers.get('Content-Length') ?? bytes) === bytes &&
      !/html/.test(response.headers.get('Content-Type') ?? '')
    );
  };
  return Promise.all(
    entries.map(async ({ id, name, note, trainedOn, files: [file] }) => ({
      id,
      name,
      note,
      trainedOn,
      hash: file?.sha256 ?? '',
      bytes: file?.bytes ?? 0,
      available: file !== undefined && (await isHere(file.url, file.bytes)),
    })),
  );
}

/** What shows and deletes stored files comes with the screen that needs it. */
function lateStorage(entries: () => Promise<ClipEntry[]>): StoragePort {
  const loaded: { storage: Promise<StoragePort> | null } = { storage: null };
  const storage = (): Promise<StoragePort> =>
    (loaded.storage ??= import('./browserStorage').then(({ browserStorage }) => browserStorage(entries)));
  return {
    report: async () => (await storage()).report(),
    remove: async (id) => (await storage()).remove(id),
    persist: async () => (await storage()).persist(),
  };
}

/** So does what reads the runs that are kept. */
function lateRuns(): RunsPort {
  const loaded: { store: Promise<RunsPort> | null } = { store: null };
  const store = (): Promise<RunsPort> =>
    (loaded.store ??= import('../session/saving/shelfRunStore').then(({ ShelfRunStore }) => new ShelfRunStore()));
  return {
    all: async () => (await store()).all(),
    watch(changed) {
      const watching = store().then((opened) => opened.watch(changed));
      return () => void watching.then((end) => end());
    },
    record: async (id) => (await store()).record(id),
    rename: async (id, name) => (await store()).rename(id, name),
    mark: async (id, deletedAt) => (await store()).mark(id, deletedAt),
    timeline: async (id) => (await store()).timeline(id),
    keepTimeline: async (id, entries) => (await store()).keepTimeline(id, entries),
  };
}

/** Likewise what keeps pictures. */
function latePictures(): PicturesPort {
  const loaded: { shelf: Promise<PictureShelf | null> | null } = { shelf: null };
  const shelf = (): Promise<PictureShelf | null> =>
    (loaded.shelf ??= import('../data/pictureShelf').then(({ PictureShelf: Shelf }) => Shelf.open()));
  return {
    list: async () => (await shelf())?.list() ?? [],
    keep: async (set, files, signal) => (await shelf())?.keep(set, files, { signal }) ?? false,
    files: async (id) => (await shelf())?.files(id) ?? null,
  };
}

/** Hands bytes to the browser as a download. */
function saveFile(name: string, contents: Blob): void {
  const url = URL.createObjectURL(contents);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold on the blob once it has begun; a minute is ample.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export function browserPorts(): StudioPorts {
  const modelsUrl = new URL('models/', document.baseURI).href;
  return {
    createSession: () => createSessionClient(modelsUrl),
    readDrop: (source, { found, skipped, decoded, listed, cut, ...how }) =>
      readDrop(source, found, {
        onSkipped: skipped,
        onDecoded: decoded,
        onListed: listed,
        onCut: cut,
        cutter: sheetsApart(),
        ...how,
      }),
    factsOf: async (files, signal) => {
      const [{ factsOf }, { labelFilesApart }] = await Promise.all([
        import('../data/facts'),
        import('../data/labelFilesApart'),
      ]);
      return factsOf(files, signal, labelFilesApart);
    },
    sheets: {
      offer: async (files, verdicts, signal) =>
        (await import('../data/sheets/sheetsHere')).offer(files, verdicts, signal),
      cut: async (...given) => (await import('../data/sheets/sheetsHere')).cut(...given),
    },
    interpretFolder: async (paths, options) => (await import('../data/interpretApart')).interpretApart(paths, options),
    keptReadings: keptReadings(storageOf('localStorage')),
    unfinishedReading: unfinishedReading(storageOf('sessionStorage')),
    loadSample: (onProgress) => loadSample(onProgress),
    listClipModels: () => listClipModels(modelsUrl),
    listEvaluationNetworks: () => listEvaluationNetworks(modelsUrl),
    pictures: latePictures(),
    disk: browserDisk(),
    storage: lateStorage(() => listEntries(modelsUrl)),
    packer: browserTilePacker(),
    runs: lateRuns(),
    memory: storageOf('localStorage') ?? null,
    saveFile,
    now: Date.now,
    schedule: scheduleFrame,
  };
}
