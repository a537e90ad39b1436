/**
 * The place that invites a drop, with the two other ways to begin. The drop itself is caught for the whole window
 * (src/app/WindowDrop.tsx); while a folder is being listed, this shows how far that is.
 */
import { FolderOpen, Images, Sparkles } from 'lucide-react';
import type { ReactNode } from 'react';
import { pickFolder } from '../../state/pickFolder';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';

/** Made beside the sample's pictures (scripts/sample.mjs). */
const licenceUrl = 'sample/NOTICE.txt';

/** @param progress of what is being read */
export function DropArea({ progress }: { progress: ReactNode }) {
  const studio = useStudio();
  const reading = useStudioState((state) => state.reading !== null);
  return (
    <section aria-label="Your pictures" className="card overflow-hidden">
      <div
        data-testid="dropzone"
        className="m-2 flex min-h-72 flex-col items-center justify-center gap-4 rounded-[0.5rem] border-2 border-dashed border-line-strong px-4 py-8 text-center"
      >
        <span className="grid size-14 place-items-center rounded-full bg-accent-soft text-accent">
          <Images className="size-7" aria-hidden />
        </span>
        {reading ? (
          <div className="w-full max-w-md">{progress}</div>
        ) : (
          <>
            <div>
              <p className="text-xl font-semibold">Drop a folder of pictures here</p>
              <p className="mt-1 text-sm text-muted">
                Anywhere on the page works: a folder, or a zip or tar archive, of up to 100,000 pictures.
              </p>
            </div>
            <Button variant="primary" size="large" icon={FolderOpen} onPress={() => void pickFolder(studio)}>
              Choose a folder
            </Button>
          </>
        )}
      </div>
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 px-4 pt-2 pb-4 sm:px-6">
        <p className="min-w-0 flex-1 basis-64 text-sm text-muted">
          No pictures at hand? The sample holds several hundred emoji rendered in 3-D, in classes, one fifth of them
          labeled (Fluent emoji by Microsoft,{' '}
          <a className="link" href={licenceUrl} target="_blank" rel="noreferrer">
            MIT licence
          </a>
          ).
        </p>
        <Button icon={Sparkles} disabled={reading} onPress={() => void studio.data.openSample()}>
          Try the sample
        </Button>
      </div>
    </section>
  );
}
