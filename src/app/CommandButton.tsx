/** A command as a button: name, icon, key and busy state come from the registry. Nothing is rendered where it could not be pressed, if asked so. */
import { useStudioState } from '../state/studioContext';
import { Button, type ButtonProps } from '../ui/Button';
import { commandById, keyName, type CommandId } from './commands';
import { useCommandContext } from './commandContext';

export interface CommandButtonProps extends Pick<ButtonProps, 'variant' | 'size' | 'iconOnly' | 'className'> {
  id: CommandId;
  /** Leaves the button away where the command is not possible, instead of disabling it. */
  hideWhenImpossible?: boolean;
}

export function CommandButton({ id, hideWhenImpossible = false, ...look }: CommandButtonProps) {
  const command = commandById(id);
  const context = useCommandContext();
  const possible = useStudioState(command.predicate);
  const pending = useStudioState((state) => command.task !== undefined && state.busy[command.task] === true);
  if (hideWhenImpossible && !possible && !pending) return null;
  return (
    <Button {...look} icon={command.icon} hint={command.key ? keyName(command.key) : undefined} pending={pending} disabled={!possible && !pending} onPress={() => command.perform(context)}>
      {command.label}
    </Button>
  );
}

/** One button in one place that is Pause or Resume, so that the focus stays where it is. */
export function PauseButton() {
  const paused = useStudioState((state) => state.session === 'paused');
  return <CommandButton id={paused ? 'resume' : 'pause'} variant={paused ? 'primary' : 'secondary'} />;
}
