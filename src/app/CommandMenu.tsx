/** The list of the header's menu: the commands that can be done now, with their keys. */
import type { RefObject } from 'react';
import { Header, Menu, MenuItem, MenuSection } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { useStudioState } from '../state/studioContext';
import { useCommandContext } from './commandContext';
import { findCommands, keyName, type Command } from './commands';

function Item({ command }: { command: Command }) {
  const context = useCommandContext();
  const Icon = command.icon;
  return (
    <MenuItem
      textValue={command.label}
      onAction={() => command.perform(context)}
      className="flex min-h-9 cursor-pointer items-center gap-3 rounded-control px-2 text-sm outline-none data-focused:bg-sunken"
    >
      <Icon className="size-4 shrink-0 text-muted" aria-hidden />
      <span className="flex-1">{command.label}</span>
      {command.key && <kbd className="font-sans text-xs text-muted">{keyName(command.key)}</kbd>}
    </MenuItem>
  );
}

export interface CommandMenuProps {
  anchor: RefObject<HTMLElement | null>;
  onClose: () => void;
}

export function CommandMenu({ anchor, onClose }: CommandMenuProps) {
  const state = useStudioState((each) => each);
  const groups = findCommands('', state);
  return (
    <Popover
      isOpen
      triggerRef={anchor}
      placement="bottom end"
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      className="card max-h-[80dvh] w-72 overflow-auto bg-raised p-2"
    >
      {/* A menu takes the focus when it opens, as those of every system do. */}
      {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
      <Menu aria-label="Menu" onClose={onClose} autoFocus="first" className="outline-none">
        {groups.map(({ group, commands }) => {
          const possible = commands.filter(({ predicate }) => predicate(state));
          return (
            possible.length > 0 && (
              <MenuSection key={group} aria-label={group} className="not-first:mt-2">
                <Header className="eyebrow px-2 py-1">{group}</Header>
                {possible.map((command) => (
                  <Item key={command.id} command={command} />
                ))}
              </MenuSection>
            )
          );
        })}
      </Menu>
    </Popover>
  );
}
