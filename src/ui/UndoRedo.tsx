/** The two buttons that take the last change back and do it again; each names the change. */
import { Redo2, Undo2 } from 'lucide-react';
import { Button } from './Button';

export interface UndoRedoProps {
  /** Name of the change; undefined where there is none, and the button rests. */
  undo: string | undefined;
  redo: string | undefined;
  onUndo: () => void;
  onRedo: () => void;
}

export function UndoRedo({ undo, redo, onUndo, onRedo }: UndoRedoProps) {
  return (
    <>
      <Button variant="quiet" iconOnly icon={Undo2} disabled={undo === undefined} onPress={onUndo}>
        {undo === undefined ? 'Undo' : `Undo: ${undo}`}
      </Button>
      <Button variant="quiet" iconOnly icon={Redo2} disabled={redo === undefined} onPress={onRedo}>
        {redo === undefined ? 'Redo' : `Redo: ${redo}`}
      </Button>
    </>
  );
}
