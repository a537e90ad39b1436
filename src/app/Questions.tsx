/** What is asked before the work of minutes is given up. The safe answer has the focus, and Escape gives it. */
import type { Question } from '../state/studioState';
import { useStudio, useStudioState } from '../state/studioContext';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';

interface Words {
  title: string;
  text: string;
  yes: string;
  no: string;
}

const unexported = 'Its networks were not exported, and will be gone.';

function wordsFor(question: Question, running: boolean): Words {
  switch (question.kind) {
    case 'drop':
      return running
        ? { title: 'Replace the pictures?', text: `A run is going on. Opening “${question.name}” ends it, and what was not exported is lost.`, yes: 'End the run and open', no: 'Keep training' }
        : { title: 'Replace the pictures?', text: `Opening “${question.name}” discards the last run. ${unexported}`, yes: 'Discard and open', no: 'Keep the run' };
    case 'stop':
      return {
        title: 'Stop this run?',
        text: 'A run that was stopped cannot be taken up again. Its networks can still be exported. To free the GPU for a while, pause it instead.',
        yes: 'Stop now',
        no: 'Keep training',
      };
    case 'close':
      return { title: 'Leave this run?', text: unexported, yes: 'Discard and leave', no: 'Keep the run' };
    case 'start':
      return { title: 'Start a new run?', text: `The last run ends here. ${unexported}`, yes: 'Discard and start', no: 'Keep the run' };
  }
}

export function Questions() {
  const studio = useStudio();
  const question = useStudioState((state) => state.question);
  const running = useStudioState((state) => ['preparing', 'training', 'paused'].includes(state.session));
  if (!question) return null;
  const { title, text, yes, no } = wordsFor(question, running);
  return (
    <Dialog title={title} role="alertdialog" isOpen onClose={() => void studio.answer(false)}>
      <p>{text}</p>
      <div className="mt-6 flex flex-wrap justify-end gap-2">
        <Button variant="danger" onPress={() => void studio.answer(true)}>
          {yes}
        </Button>
        <Button variant="primary" focusFirst onPress={() => void studio.answer(false)}>
          {no}
        </Button>
      </div>
    </Dialog>
  );
}
