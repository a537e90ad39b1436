/** What the next run begins with, where that is the networks of an earlier one; and the way back to a fresh start. */
import { useStudio, useStudioState } from '../state/studioContext';
import { Button } from '../ui/Button';
import { FocusBack } from '../ui/FocusBack';
import { Message } from '../ui/Message';

export function WarmStart() {
  const { library } = useStudio();
  const warmStart = useStudioState((state) => state.library.warmStart);
  const hasData = useStudioState((state) => state.source !== null);
  if (!warmStart) return null;
  return (
    <Message
      tone="info"
      text={`The next run begins with the networks of ${warmStart.name}.`}
      why="Classes of the same name keep what was learnt for them; new ones begin at the mean of the old."
      action={
        hasData
          ? 'Its settings are chosen below. Base model, resolution and sizes must stay as they are.'
          : 'Open pictures to train on: the same or others.'
      }
    >
      <FocusBack className="pt-2">
        <Button size="small" variant="quiet" onPress={() => library.startFresh()}>
          Begin with fresh networks instead
        </Button>
      </FocusBack>
    </Message>
  );
}
