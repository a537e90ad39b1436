/** The sheet behind "?": every command with its key, to read or to run, and the settings of taste. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { usePreferences } from '../state/preferencesContext';
import { useStudioState } from '../state/studioContext';
import { Dialog } from '../ui/Dialog';
import { Segmented } from '../ui/Segmented';
import { Switch } from '../ui/Switch';
import { useCommandContext } from './commandContext';
import { commands, keyName, type Command } from './commands';

function Row({ command, onRun }: { command: Command; onRun: (command: Command) => void }) {
  const possible = useStudioState(command.predicate);
  const Icon = command.icon;
  return (
    <li>
      <button
        type="button"
        disabled={!possible}
        onClick={() => onRun(command)}
        className="flex min-h-10 w-full items-center gap-3 rounded-control px-2 text-start text-sm hover:bg-sunken disabled:cursor-default disabled:opacity-50 disabled:hover:bg-transparent"
      >
        <Icon className="size-4 shrink-0 text-muted" aria-hidden />
        <span className="flex-1">{command.label}</span>
        {command.key && (
          <kbd className="rounded border border-line-strong px-1.5 py-0.5 font-sans text-xs text-muted">
            {keyName(command.key)}
          </kbd>
        )}
      </button>
    </li>
  );
}

export interface CommandSheetProps {
  isOpen: boolean;
  onClose: () => void;
}

export function CommandSheet({ isOpen, onClose }: CommandSheetProps) {
  const context = useCommandContext();
  const { preferences, change } = usePreferences();
  const state = useStudioState((each) => each);
  const [query, setQuery] = useState('');
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    search.current?.focus();
  }, []);
  const found = useMemo(
    () =>
      commands.filter(({ id, label }) => id !== 'sheet' && label.toLowerCase().includes(query.trim().toLowerCase())),
    [query],
  );
  const close = () => {
    setQuery('');
    onClose();
  };
  const run = (command: Command) => {
    close();
    command.perform(context);
  };
  const runFirst = () => {
    const first = found.find(({ predicate }) => predicate(state));
    if (first) run(first);
  };
  return (
    <Dialog title="Commands and keys" isOpen={isOpen} onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          runFirst();
        }}
      >
        <input
          type="search"
          ref={search}
          aria-label="Find a command"
          placeholder="Find a command"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          className="min-h-10 w-full rounded-control border border-line-strong bg-surface px-3 text-sm placeholder:text-muted"
        />
      </form>
      <ul className="-mx-2 mt-2">
        {found.map((command) => (
          <Row key={command.id} command={command} onRun={run} />
        ))}
      </ul>
      {found.length === 0 && <p className="py-4 text-sm text-muted">No command is called that.</p>}
      <div className="mt-4 grid gap-4 border-t border-line pt-4">
        <Switch
          label="Single-key shortcuts"
          help="Ctrl K or ⌘ K always opens this sheet."
          isSelected={preferences.shortcuts}
          onChange={(shortcuts) => change({ shortcuts })}
        />
        <Switch
          label="Keep the screen on while training"
          isSelected={preferences.awake}
          onChange={(awake) => change({ awake })}
        />
        <div className="flex flex-wrap items-center justify-between gap-2">
          <span className="text-sm font-medium">Theme</span>
          <Segmented
            label="Theme"
            options={[
              { value: 'system', label: 'System' },
              { value: 'light', label: 'Light' },
              { value: 'dark', label: 'Dark' },
            ]}
            value={preferences.theme}
            onChange={(theme) => change({ theme })}
          />
        </div>
      </div>
    </Dialog>
  );
}
