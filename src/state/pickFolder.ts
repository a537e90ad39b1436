/** Lets the user pick a folder: by the directory picker where the browser has one, by a file input otherwise. */
import { StudioError, toErrorInfo } from '../shared/errors';
import type { Studio } from './studio';

type DirectoryPicker = (options: { id: string; mode: 'read' }) => Promise<FileSystemDirectoryHandle>;

/** Must be called from a user's click or key. A cancelled picker changes nothing. */
export async function pickFolder(studio: Studio): Promise<void> {
  const { showDirectoryPicker } = window as { showDirectoryPicker?: DirectoryPicker };
  if (!showDirectoryPicker) {
    pickWithInput(studio);
    return;
  }
  try {
    const folder = await showDirectoryPicker({ id: 'pictures', mode: 'read' });
    await studio.data.openDrop(folder, folder.name);
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') return;
    studio.report(
      toErrorInfo(
        new StudioError({
          code: 'storage',
          what: 'The folder could not be opened.',
          why: thrown instanceof Error ? thrown.message : '',
          action: 'Drag the folder onto the page instead.',
        }),
      ),
    );
  }
}

function pickWithInput(studio: Studio): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.webkitdirectory = true;
  input.addEventListener('change', () => {
    const { files } = input;
    if (!files || files.length === 0) return;
    const name = files[0]?.webkitRelativePath.split('/')[0];
    void studio.data.openDrop(files, name || 'Your pictures');
  });
  input.click();
}
