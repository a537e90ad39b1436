/** A command as a button: name, icon, key and busy state come from the registry. */
import { Bell, BellRing } from 'lucide-react';
import { toggleNotify } from './notifying';
import { isRunning } from '../state/studioState';
import { useStudio, useStudioState } from '../state/studioContext';
import { Button, type ButtonProps } from '../ui/Button';
import { commandById, keyName, type CommandId } from './commands';
import { useCommandContext } from './commandContext';

export interface CommandButtonProps extends Pick<ButtonProps, 'variant' | 'size' | 'iconOnly' | 'className'> {
  id: CommandId;
}

export function CommandButton({ id, ...look }: CommandButtonProps) {
  const command = commandById(id);
  const context = useCommandContext();
  const possible = useStudioState(command.predicate);
  const pending = useStudioState((state) => command.task !== undefined && state.busy[command.task] === true);
  return (
    <Button
      {...look}
      icon={command.icon}
      hint={command.key ? keyName(command.key) : undefined}
      pending={pending}
      disabled={!possible && !pending}
      onPress={() => command.perform(context)}
    >
      {command.label}
    </Button>
  );
}

/** On or off: whether the end is told. */
function NotifyButton() {
  const studio = useStudio();
  const notify = useStudioState((state) => state.notify);
  return (
    <Button
      iconOnly
      icon={notify ? BellRing : Bell}
      className={notify ? 'text-accent' : ''}
      onPress={() => void toggleNotify(studio)}
    >
      {notify ? 'Do not tell me when it is done' : 'Tell me when it is done'}
    </Button>
  );
}

/**
 * The buttons of a run. Pause and Resume are one button in one place, so that the focus stays where it is; once the run
 * has ended, only Export is left, as the main thing to do.
 */
export function RunButtons() {
  const paused = useStudioState((state) => state.session === 'paused');
  const running = useStudioState((state) => isRunning(state.session));
  return (
    <>
      {running && <CommandButton id={paused ? 'resume' : 'pause'} variant={paused ? 'primary' : 'secondary'} />}
      {running && <CommandButton id="stop" variant="danger" />}
      {running && <NotifyButton />}
      <CommandButton id="export" variant={running ? 'secondary' : 'primary'} />
    </>
  );
}
