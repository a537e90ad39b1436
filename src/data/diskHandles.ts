/**
 * Folders and files on a person's disk that the browser lets a page keep hold of after it is closed (Chrome and Edge):
 * structured clones of their handles can be stored. Reading them again takes the person's leave, which is asked by a
 * press.
 */
import type { DropSource } from './readDrop';

/** Not in every browser, so not in the standard library's types. */
interface AsksLeave {
  queryPermission?(of: { mode: 'read' }): Promise<PermissionState>;
  requestPermission?(of: { mode: 'read' }): Promise<PermissionState>;
}

interface GivesHandle {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

/**
 * Folders and files of one drop. Of thousands of loose files each handle would be asked for, stored, and at the next visit
 * put to the person, one question after the other.
 */
const most = 64;

/**
 * All that a drop or a picker gave, as handles; null where the browser gives none, or not of all of it, or where there
 * are too many. Must be called in the same task as the drop event. Never rejects.
 */
export async function handlesOf(source: DropSource): Promise<readonly FileSystemHandle[] | null> {
  if ('listed' in source) return null;
  if ('handles' in source) return source.handles;
  if ('kind' in source) return [source];
  if (source.length > most) return null;
  const given: Promise<FileSystemHandle | null>[] = [];
  for (const each of Array.from<DataTransferItem | File>(source)) {
    if (each instanceof File) return null;
    if (each.kind !== 'file') continue;
    const asked = (each as GivesHandle).getAsFileSystemHandle?.().catch(() => null);
    if (!asked) return null;
    given.push(asked);
  }
  const handles = (await Promise.all(given)).filter((handle) => handle !== null);
  return given.length > 0 && handles.length === given.length ? handles : null;
}

/** Whether all of it may be read, once the person was asked. In the course of a press, else the browser refuses. */
export async function mayRead(handles: readonly FileSystemHandle[]): Promise<boolean> {
  for (const handle of handles as readonly AsksLeave[]) {
    const mode = { mode: 'read' } as const;
    const known = await handle.queryPermission?.(mode);
    const state = known === 'prompt' ? await handle.requestPermission?.(mode) : known;
    if (state !== 'granted') return false;
  }
  return true;
}

/** Whether all of it is still where it was. */
export async function areThere(handles: readonly FileSystemHandle[]): Promise<boolean> {
  try {
    for (const handle of handles) {
      if (handle.kind === 'file') await (handle as FileSystemFileHandle).getFile();
      else await (handle as FileSystemDirectoryHandle).keys().next();
    }
    return true;
  } catch {
    return false;
  }
}
