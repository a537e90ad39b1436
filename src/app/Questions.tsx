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

export function wordsFor(question: Question, running: boolean, paused: boolean): Words {
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
            text: `Opening “${question.name}” discards the last run. ${unexported}`,
            yes: 'Discard and open',
            no: 'Keep the run',
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
      return { title: 'Leave this run?', text: unexported, yes: 'Discard and leave', no: 'Keep the run' };
    case 'start':
      return {
        title: 'Start a new run?',
        text: `The last run ends here. ${unexported}`,
        yes: 'Discard and start',
        no: 'Keep the run',
      };
  }
}

export function Questions() {
  const studio = useStudio();
  const question = useStudioState((state) => state.question);
  const running = useStudioState((state) => isRunning(state.session));
  const paused = useStudioState((state) => state.session === 'paused');
  if (!question) return null;
  const { title, text, yes, no } = wordsFor(question, running, paused);
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
