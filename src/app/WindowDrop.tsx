/** Catches a drop anywhere on the page, and shows that it may be let go while files are held over it. */
import { Download } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useStudio } from '../state/studioContext';

const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;

/** The folder's name where one thing was dropped. */
function nameOf(items: DataTransferItemList): string {
  const first = items[0]?.webkitGetAsEntry?.();
  return items.length === 1 && first ? first.name : `${items.length} dropped items`;
}

export function WindowDrop() {
  const studio = useStudio();
  const [held, setHeld] = useState(false);
  useEffect(() => {
    // Enter and leave fire for every element passed over; the window is left when they balance.
    let depth = 0;
    const enter = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      depth += 1;
      setHeld(true);
    };
    const leave = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setHeld(false);
    };
    const over = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      setHeld(false);
      if (!holdsFiles(event)) return;
      event.preventDefault();
      if (!event.dataTransfer || studio.state.blocked) return;
      // Reading begins before this task ends: afterwards the browser empties the list.
      void studio.data.openDrop(event.dataTransfer.items, nameOf(event.dataTransfer.items));
    };
    const listeners = { dragenter: enter, dragleave: leave, dragover: over, drop };
    for (const [type, listener] of Object.entries(listeners)) window.addEventListener(type, listener as EventListener);
    return () => {
      for (const [type, listener] of Object.entries(listeners))
        window.removeEventListener(type, listener as EventListener);
    };
  }, [studio]);
  if (!held) return null;
  return (
    <div className="pointer-events-none fixed inset-0 z-50 p-4">
      <div className="grid size-full place-items-center rounded-card border-2 border-dashed border-accent bg-canvas/90 backdrop-blur-sm">
        <p className="flex items-center gap-3 text-xl font-semibold text-accent">
          <Download className="size-6" aria-hidden />
          Let go to read the folder
        </p>
      </div>
    </div>
  );
}
