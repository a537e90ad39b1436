/** The two questions that must be answered before something is lost: a second drop during a run, and the end of a long run. */
import { useStudio, useStudioState } from '../state/studioContext';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';

export function Questions() {
  const studio = useStudio();
  const pendingDrop = useStudioState((state) => state.pendingDrop);
  const asksToStop = useStudioState((state) => state.asksToStop);
  return (
    <>
      <Dialog title="Replace the pictures?" role="alertdialog" isOpen={pendingDrop !== null} onClose={() => studio.refusePendingDrop()}>
        <p>
          A run is going on. Opening “{pendingDrop?.name}” ends it, and what was not exported is lost.
        </p>
        <div className="mt-6 flex flex-wrap justify-end gap-2">
          <Button variant="danger" onPress={() => void studio.acceptPendingDrop()}>
            End the run and open
          </Button>
          <Button variant="primary" focusFirst onPress={() => studio.refusePendingDrop()}>
            Keep training
          </Button>
        </div>
      </Dialog>
      <Dialog title="Stop this run?" role="alertdialog" isOpen={asksToStop} onClose={() => studio.keepGoing()}>
        <p>A run that was stopped cannot be taken up again. Its networks can still be exported. To free the GPU for a while, pause it instead.</p>
        <div className="mt-6 flex flex-wrap justify-end gap-2">
          <Button variant="danger" onPress={() => void studio.stop()}>
            Stop now
          </Button>
          <Button variant="primary" focusFirst onPress={() => studio.keepGoing()}>
            Keep training
          </Button>
        </div>
      </Dialog>
    </>
  );
}
