/** The classes as buttons that label what is selected, nine of them with a key. */
import { Ban, Eraser, X } from 'lucide-react';
import { useState, type FormEvent, type RefObject } from 'react';
import { isRunning } from '../../state/studioState';
import { useStudio, useStudioState } from '../../state/studioContext';
import { Button } from '../../ui/Button';
import { ClassMark } from '../../ui/ClassMark';
import { formatCount } from '../../ui/format';

export const keysAtOnce = 9;

export interface ClassPaletteProps {
  /** Number of the first class that has a key. */
  first: number;
  onFirst: (first: number) => void;
  onLabel: (to: number) => void;
  onClear: () => void;
  onIgnore: () => void;
  /** Where the name of a new class is typed. */
  naming: RefObject<HTMLInputElement | null>;
  /** Escape where it is typed: back to the pictures. */
  onLeave: () => void;
}

function Key({ children }: { children: string }) {
  return (
    <kbd className="min-w-5 rounded border border-line-strong px-1 text-center font-sans text-xs text-muted">
      {children}
    </kbd>
  );
}

function AddClass({ naming, onLeave }: Pick<ClassPaletteProps, 'naming' | 'onLeave'>) {
  const studio = useStudio();
  const running = useStudioState((state) => isRunning(state.session));
  const [name, setName] = useState('');
  const [problem, setProblem] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const added = studio.labeling.addClass(name);
    setProblem(added ? '' : name.trim() === '' ? 'Type a name first.' : 'There is a class of this name.');
    if (added) setName('');
  };
  if (running) {
    return (
      <p className="text-xs text-muted">
        While a run is going on, classes stay as they are: its networks have a place for each.
      </p>
    );
  }
  return (
    <form onSubmit={submit} className="grid gap-1">
      <div className="flex gap-2">
        <input
          ref={naming}
          aria-label="Name of a new class"
          placeholder="New class"
          value={name}
          maxLength={200}
          onChange={(event) => {
            setName(event.target.value);
            setProblem('');
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') onLeave();
          }}
          className="min-h-9 w-full min-w-0 rounded-control border border-line-strong bg-raised px-3 text-sm placeholder:text-muted"
        />
        <Button type="submit" size="small" className="min-h-9">
          Add
        </Button>
      </div>
      {problem && (
        <p role="alert" className="text-xs text-bad">
          {problem}
        </p>
      )}
    </form>
  );
}

/** What to do before there is any class. */
function FirstClasses() {
  return (
    <p className="rounded-control bg-accent-soft px-3 py-2 text-sm">
      Type what some of your pictures show, such as “cats”, and press Enter; then the next class. Escape leads to the
      pictures, where the keys 1 to 9 label them. A few of each class are enough.
    </p>
  );
}

export function ClassPalette(props: ClassPaletteProps) {
  const { first, onFirst, onLabel, onClear, onIgnore, naming, onLeave } = props;
  const studio = useStudio();
  const dataset = useStudioState((state) => state.dataset);
  const labels = useStudioState((state) => state.labeling.labels);
  const running = useStudioState((state) => isRunning(state.session));
  useStudioState((state) => state.labeling.revision);
  if (!dataset || !labels) return null;
  const { classes, labeledPerClass, unlabeledCount } = dataset;
  const line = 'flex min-h-9 w-full items-center gap-2 rounded-control px-2 text-start text-sm hover:bg-sunken';
  return (
    <div className="grid gap-3">
      {classes.length === 0 && <FirstClasses />}
      <ul className="-mx-2 grid max-h-80 gap-0.5 overflow-auto">
        {classes.map((name, c) => {
          const key = c >= first && c < first + keysAtOnce ? String(c - first + 1) : null;
          return (
            <li key={name} className="flex items-center">
              <button type="button" className={line} onClick={() => onLabel(c)}>
                {key ? <Key>{key}</Key> : <span className="w-5" />}
                <ClassMark classIndex={c} />
                <span className="min-w-0 flex-1 truncate">{name}</span>
                <span className="numeric text-xs text-muted">{formatCount(labeledPerClass[c] ?? 0)}</span>
              </button>
              {!running && labels.book.isRemovable(c) && (
                <Button
                  iconOnly
                  icon={X}
                  size="small"
                  variant="quiet"
                  onPress={() => {
                    studio.labeling.removeClass(c);
                    naming.current?.focus();
                  }}
                >
                  {`Take the class ${name} away`}
                </Button>
              )}
            </li>
          );
        })}
        <li>
          <button type="button" className={line} onClick={onClear}>
            <Key>0</Key>
            <Eraser className="size-3.5 shrink-0 text-muted" aria-hidden />
            <span className="flex-1">No label</span>
            <span className="numeric text-xs text-muted">{formatCount(unlabeledCount)}</span>
          </button>
        </li>
        <li>
          <button type="button" className={line} onClick={onIgnore}>
            <Key>X</Key>
            <Ban className="size-3.5 shrink-0 text-muted" aria-hidden />
            <span className="flex-1">Leave out</span>
            <span className="numeric text-xs text-muted">
              {formatCount(
                Math.max(0, dataset.imageCount - unlabeledCount - labeledPerClass.reduce((a, b) => a + b, 0)),
              )}
            </span>
          </button>
        </li>
      </ul>
      {classes.length > keysAtOnce && (
        <div className="flex items-center justify-between gap-2 text-xs text-muted">
          <span className="numeric">{`Keys: classes ${first + 1} to ${Math.min(classes.length, first + keysAtOnce)}`}</span>
          <span className="flex gap-1">
            <Button
              size="small"
              variant="quiet"
              hint="["
              disabled={first === 0}
              onPress={() => onFirst(first - keysAtOnce)}
            >
              Before
            </Button>
            <Button
              size="small"
              variant="quiet"
              hint="]"
              disabled={first + keysAtOnce >= classes.length}
              onPress={() => onFirst(first + keysAtOnce)}
            >
              Next
            </Button>
          </span>
        </div>
      )}
      <AddClass naming={naming} onLeave={onLeave} />
    </div>
  );
}
