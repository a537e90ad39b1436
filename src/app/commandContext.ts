/** What commands may reach, handed down to buttons and the sheet. */
import { createContext, useContext } from 'react';
import type { CommandContext } from './commands';

const Context = createContext<CommandContext | null>(null);
export const CommandContextProvider = Context.Provider;

export function useCommandContext(): CommandContext {
  const context = useContext(Context);
  if (!context) throw new Error('useCommandContext outside of CommandContextProvider');
  return context;
}
