/** What is asked before the work of minutes is given up. The safe answer has the focus, and Escape gives it. */
import { isRunning, type Question } from '../state/studioState';
import { useStudio, useStudioState } from '../state/studioContext';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';

interface Words {
  title: string;
  text: string;
  yes: string;
  no: string;
}

const unexported = 'Its networks were not exported. This browser saves the newest three runs, as long as it has room.';
const staysKept =
  'It was not exported, but stays under Runs as it was last saved, as long as it is among the newest three or bears a name of yours.';

/** What is asked of a run; of one that is `kept` in this browser nobody is told that it is discarded. */
export function wordsFor(question: Question, { running = false, paused = false, kept = false }): Words {
  const goOn = paused ? 'Keep it paused' : 'Keep training';
  switch (question.kind) {
    case 'drop':
      return running
        ? {
            title: 'Replace the pictures?',
            text: `A run is going on. Opening “${question.name}” ends it, and what it learnt since it was last saved, in the last five minutes, is lost.`,
            yes: 'End the run and open',
            no: goOn,
          }
        : {
            title: 'Replace the pictures?',
            text: kept
              ? `Opening “${question.name}” ends the last run. ${staysKept}`
              : `Opening “${question.name}” discards the last run. ${unexported}`,
            yes: kept ? 'Open' : 'Discard and open',
            no: kept ? 'Stay here' : 'Keep the run',
          };
    case 'stop':
      return {
        title: 'Stop this run?',
        text: `You can export its networks, and go on with it under Runs, as long as it is saved in this browser. ${paused ? 'While it is paused, it leaves the GPU alone.' : 'To free the GPU for a while, pause it instead.'}`,
        yes: 'Stop now',
        no: goOn,
      };
    case 'forget':
      return {
        title: 'Forget the last run?',
        text: 'What was saved of it on this machine is deleted, and it cannot be resumed any more. Your pictures are not touched.',
        yes: 'Forget it',
        no: 'Keep it',
      };
    case 'close':
      return kept
        ? { title: 'Leave this run?', text: staysKept, yes: 'Leave', no: 'Stay here' }
        : { title: 'Leave this run?', text: unexported, yes: 'Discard and leave', no: 'Keep the run' };
    case 'start':
      return {
        title: 'Start a new run?',
        text: `The last run ends here. ${kept ? staysKept : unexported}`,
        yes: kept ? 'Start' : 'Discard and start',
        no: kept ? 'Not yet' : 'Keep the run',
      };
  }
}

export function Questions() {
  const studio = useStudio();
  const question = useStudioState((state) => state.question);
  const running = useStudioState((state) => isRunning(state.session));
  const paused = useStudioState((state) => state.session === 'paused');
  const kept = useStudioState((state) => state.run.keptAs !== null);
  if (!question) return null;
  const { title, text, yes, no } = wordsFor(question, { running, paused, kept });
  return (
    <Dialog title={title} role="alertdialog" isOpen onClose={() => void studio.confirmation.answer(false)}>
      <p>{text}</p>
      <div className="mt-6 flex flex-wrap justify-end gap-2">
        <Button variant="danger" onPress={() => void studio.confirmation.answer(true)}>
          {yes}
        </Button>
        <Button variant="primary" focusFirst onPress={() => void studio.confirmation.answer(false)}>
          {no}
        </Button>
      </div>
    </Dialog>
  );
}
