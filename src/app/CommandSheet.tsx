/** The sheet behind "?": every command with its key, by group, and the settings of taste. */
import { usePreferences } from '../state/preferencesContext';
import { useStudioState } from '../state/studioContext';
import { Dialog } from '../ui/Dialog';
import { Segmented } from '../ui/Segmented';
import { Switch } from '../ui/Switch';
import { useCommandContext } from './commandContext';
import { findCommands, keyName, type Command } from './commands';

function Row({ command, onRun }: { command: Command; onRun: (command: Command) => void }) {
  const possible = useStudioState(command.predicate);
  const Icon = command.icon;
  const key = command.id === 'palette' ? 'Ctrl K' : command.key && keyName(command.key);
  return (
    <li>
      <button
        type="button"
        disabled={!possible}
        onClick={() => onRun(command)}
        className="flex min-h-9 w-full items-center gap-3 rounded-control px-2 text-start text-sm hover:bg-sunken disabled:cursor-default disabled:opacity-50 disabled:hover:bg-transparent"
      >
        <Icon className="size-4 shrink-0 text-muted" aria-hidden />
        <span className="flex-1">{command.label}</span>
        {key && (
          <kbd className="rounded border border-line-strong px-1.5 py-0.5 font-sans text-xs text-muted">{key}</kbd>
        )}
      </button>
    </li>
  );
}

function Settings() {
  const { preferences, change } = usePreferences();
  return (
    <div className="mt-4 grid gap-4 border-t border-line pt-4">
      <Switch
        label="Single-key shortcuts"
        help="Ctrl K or ⌘ K always opens the list of commands."
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
  );
}

export function CommandSheet({ onClose }: { onClose: () => void }) {
  const context = useCommandContext();
  const state = useStudioState((each) => each);
  const run = (command: Command) => {
    onClose();
    command.perform(context);
  };
  return (
    <Dialog title="Commands and keys" isOpen onClose={onClose}>
      {findCommands('', state).map(({ group, commands }) => (
        <section key={group} aria-label={group} className="not-first:mt-3">
          <h3 className="eyebrow mb-1">{group}</h3>
          <ul className="-mx-2">
            {commands
              .filter(({ id }) => id !== 'sheet')
              .map((command) => (
                <Row key={command.id} command={command} onRun={run} />
              ))}
          </ul>
        </section>
      ))}
      <Settings />
    </Dialog>
  );
}
