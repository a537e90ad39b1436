/**
 * The palette behind Ctrl/Cmd+K: type a few letters, move with the arrow keys, Enter runs. The text field keeps the
 * focus and names the chosen row to assistive technology.
 */
// A combobox with a list of its own: a select holds neither icons nor keys.
// oxlint-disable jsx-a11y/prefer-tag-over-role
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { useStudioState } from '../state/studioContext';
import { Dialog } from '../ui/Dialog';
import { useCommandContext } from './commandContext';
import { findCommands, keyName, type Command } from './commands';

export function CommandPalette({ onClose }: { onClose: () => void }) {
  const context = useCommandContext();
  const state = useStudioState((each) => each);
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const search = useRef<HTMLInputElement>(null);
  const list = useId();
  useEffect(() => {
    search.current?.focus();
  }, []);
  const groups = findCommands(query, state);
  const all = groups.flatMap((group) => group.commands).filter(({ id }) => id !== 'palette');
  const possible = all.filter(({ predicate }) => predicate(state));
  const chosen = possible[Math.min(at, possible.length - 1)];
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.perform(context);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Enter') run(chosen);
    if (step !== 0 && possible.length > 0)
      setAt((Math.min(at, possible.length - 1) + step + possible.length) % possible.length);
    if (step !== 0 || event.key === 'Enter') event.preventDefault();
  };
  return (
    <Dialog title="Find a command" isOpen onClose={onClose}>
      <input
        type="search"
        ref={search}
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={chosen && `${list}-${chosen.id}`}
        aria-label="Find a command"
        placeholder="Type a few letters"
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
        className="min-h-10 w-full rounded-control border border-line-strong bg-surface px-3 text-sm placeholder:text-muted"
      />
      <div id={list} role="listbox" aria-label="Commands" className="-mx-2 mt-2">
        {groups.map(({ group, commands }) => (
          <div key={group} role="group" aria-label={group}>
            <p className="eyebrow px-2 pt-3 pb-1" aria-hidden>
              {group}
            </p>
            {commands
              .filter(({ id }) => id !== 'palette')
              .map((command) => {
                const off = !command.predicate(state);
                const Icon = command.icon;
                return (
                  // The text field has the keyboard; the pointer chooses here.
                  // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
                  <div
                    key={command.id}
                    id={`${list}-${command.id}`}
                    role="option"
                    aria-selected={command === chosen}
                    aria-disabled={off}
                    onClick={() => !off && run(command)}
                    className={`flex min-h-10 items-center gap-3 rounded-control px-2 text-sm ${off ? 'opacity-50' : 'cursor-pointer hover:bg-sunken'} ${command === chosen ? 'bg-accent-soft' : ''}`}
                  >
                    <Icon className="size-4 shrink-0 text-muted" aria-hidden />
                    <span className="flex-1">{command.label}</span>
                    {command.key && (
                      <kbd className="rounded border border-line-strong px-1.5 py-0.5 font-sans text-xs text-muted">
                        {keyName(command.key)}
                      </kbd>
                    )}
                  </div>
                );
              })}
          </div>
        ))}
      </div>
      {all.length === 0 && <p className="py-4 text-sm text-muted">No command is called that.</p>}
    </Dialog>
  );
}
