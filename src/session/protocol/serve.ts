/**
 * Serves a session over a message port: validates each command, answers it with one `reply`, and sends events with
 * their buffers transferred. Commands run side by side, so that `pause` and `stop` are heard while `import` is at work.
 */
import { StudioError, toErrorInfo } from '../../shared/errors';
import { parseCommand, transferOf, type Command } from './commands';
import type { Event } from './events';

/** The part of a worker's global scope (or of a MessagePort) that is used. */
export interface MessageTarget {
  postMessage(message: unknown, transfer: Transferable[]): void;
}

export interface CommandHandler {
  handle(command: Command): Promise<unknown>;
}

export function sendEvent(target: MessageTarget, event: Event, transfer: Transferable[] = []): void {
  target.postMessage(event, transfer);
}

/** Id of a message that may not be a valid command, so that even a broken one is answered. */
function idOf(message: unknown): number {
  const id: unknown = typeof message === 'object' && message !== null && 'id' in message ? message.id : null;
  return typeof id === 'number' && Number.isInteger(id) ? id : -1;
}

function parse(message: unknown): Command {
  try {
    return parseCommand(message);
  } catch (error) {
    throw new StudioError(
      {
        code: 'protocol',
        what: 'The page and its training worker do not understand each other.',
        why: 'They come from different versions of the studio, or a setting is out of range.',
        action: 'Reload the page; if you edited the settings, reset them.',
        detail: error instanceof Error ? error.message : String(error),
      },
      { cause: error },
    );
  }
}

/** Handles one message; never rejects. */
export async function serveMessage(handler: CommandHandler, target: MessageTarget, message: unknown): Promise<void> {
  const id = idOf(message);
  try {
    const command = parse(message);
    const result = await handler.handle(command);
    sendEvent(target, { type: 'reply', id, error: null, result }, transferOf(command.type, result));
  } catch (error) {
    sendEvent(target, { type: 'reply', id, error: toErrorInfo(error) });
  }
}
