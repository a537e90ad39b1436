/**
 * A box for words, and the pictures that fit them. It can be used from when a run has looked at the pictures until
 * others are opened, also while it trains and after its end.
 */
import { Search } from 'lucide-react';
import { useId, useState, type FormEvent, type KeyboardEvent } from 'react';
import { mostTexts } from '../../session/clip/clipAnswer';
import { textsOf } from '../../state/askTexts';
import { canAskClip } from '../../state/studioState';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { Card } from '../../ui/Card';
import { plural } from '../../ui/format';
import { Message } from '../../ui/Message';
import { AskResult } from './AskResult';

/** Enter asks; with Shift it begins a new line. While characters are being composed it belongs to them. */
function submitsOnEnter(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
  event.preventDefault();
  event.currentTarget.form?.requestSubmit();
}

function Question({ onAsk }: { onAsk: (texts: readonly string[]) => void }) {
  const asking = useStudioState((state) => state.run.askingClip !== null);
  const [typed, setTyped] = useState('');
  const [empty, setEmpty] = useState(false);
  const [field, hint] = [useId(), useId()];
  const { texts, left } = textsOf(typed);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setEmpty(texts.length === 0);
    if (texts.length > 0 && !asking) onAsk(texts);
  };
  return (
    <form onSubmit={submit} className="grid gap-2">
      <label htmlFor={field} className="text-sm font-semibold">
        Words
      </label>
      <div className="flex flex-wrap items-start gap-2">
        <textarea
          id={field}
          value={typed}
          rows={Math.min(8, Math.max(1, typed.split('\n').length))}
          aria-describedby={hint}
          aria-invalid={empty}
          placeholder="a red car, a blue car"
          onChange={(event) => {
            setTyped(event.target.value);
            setEmpty(false);
          }}
          onKeyDown={submitsOnEnter}
          className="min-h-10 min-w-0 flex-1 basis-64 resize-y rounded-control border border-line-strong bg-raised px-3 py-2 text-sm"
        />
        <Button type="submit" icon={Search} pending={asking}>
          Ask
        </Button>
      </div>
      <p id={hint} className="text-xs text-muted">
        Several texts: separated by commas, or one a line (Shift+Enter), where commas then belong to the texts. English
        works best.
      </p>
      {empty && (
        <p role="alert" className="text-sm text-bad">
          Type what you are looking for first.
        </p>
      )}
      {left > 0 && (
        <p className="text-sm text-warn">{`Only the first ${mostTexts} texts are asked: ${plural(left, 'more is', 'more are')} left out.`}</p>
      )}
    </form>
  );
}

/** @param hidden where there is nothing to ask yet, show nothing in place of a word on when there will be */
export function AskClip({ hidden = false }: { hidden?: boolean }) {
  const studio = useStudio();
  const ready = useStudioState(canAskClip);
  const scores = useStudioState((state) => state.run.clipAnswer);
  const asking = useStudioState((state) => state.run.askingClip !== null);
  const problem = useStudioState((state) => state.run.askClipProblem);
  const [selected, setSelected] = useState(0);
  const ask = (texts: readonly string[]) => {
    setSelected(0);
    void studio.askClip.ask(texts);
  };
  if (!ready && (hidden || !scores)) {
    if (hidden) return null;
    return (
      <Card title="Ask CLIP">
        <p className="grid min-h-24 place-items-center rounded-control bg-sunken px-4 py-3 text-center text-sm text-muted">
          Type words and see which pictures fit them: from when CLIP has looked at all pictures, which this run does
          before it trains.
        </p>
      </Card>
    );
  }
  return (
    <Card
      title="Ask CLIP"
      note="Which of your pictures fit your words best and least? Several texts sort the pictures among them. Training goes on meanwhile and learns nothing from it."
    >
      <div className="grid min-w-0 gap-5">
        <Question onAsk={ask} />
        {problem && <Message tone="error" text={problem.what} why={problem.why} action={problem.action} />}
        {scores && (
          <div aria-busy={asking} className={asking ? 'opacity-60 transition-opacity' : ''}>
            <AskResult scores={scores} selected={selected} onSelect={setSelected} />
          </div>
        )}
      </div>
    </Card>
  );
}
