/**
 * Keys of commands, and Ctrl/Cmd+K for the palette. A key that belongs to the element in focus, or to a dialog, is left
 * to it.
 */
import { useEffect } from 'react';
import { useStudio } from '../state/studioContext';
import { commandForKey, type CommandContext } from './commands';

const typing = 'input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable]';
const pressing = 'button, a, input, summary, [role=button], [role=radio], [role=switch], [role=slider]';

/** True where the element in focus has a use of its own for the key. */
function belongsToElement(event: KeyboardEvent): boolean {
  const { target } = event;
  if (!(target instanceof Element)) return false;
  if (target.closest(typing) || document.querySelector('[role=dialog], [role=alertdialog]')) return true;
  return event.key === ' ' && target.closest(pressing) !== null;
}

export function useShortcuts(context: CommandContext, singleKeys: boolean): void {
  const studio = useStudio();
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey) return;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        context.openSheet('palette');
        return;
      }
      if (event.ctrlKey || event.metaKey || event.repeat || !singleKeys || belongsToElement(event)) return;
      const command = commandForKey(event.key, studio.state);
      if (!command) return;
      event.preventDefault();
      command.perform(context);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [context, singleKeys, studio]);
}
