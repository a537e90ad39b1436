// The table of commands and what follows from it: methods on the page, validation on arrival, methods of the session,
// replies whose buffers are handed over.
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../shared/errors';
import { commandsFrom, parseCommand, perform, type SessionCommands } from './commands';
import { serveMessage } from './serve';

/** A page and a session with a message between them; `methods` are the session's. */
function connect(methods: Partial<SessionCommands>) {
  const sent: unknown[] = [];
  const page = commandsFrom(async (type, args) => {
    const message = structuredClone({ ...args, type, id: sent.length });
    sent.push(message);
    return perform(methods as SessionCommands, parseCommand(message));
  });
  return { page, sent };
}

describe('a command', () => {
  it('goes from the method of the page to the session’s method of the same name, and its answer back', async () => {
    const heard: unknown[] = [];
    const bytes = new Uint8Array([1, 2]).buffer;
    const { page, sent } = connect({
      forget: async (args) => void heard.push(args),
      export: async () => ({ files: [{ name: 'a', bytes }] }),
    });
    await page.forget({ run: 'r1' });
    expect(heard).toMatchObject([{ run: 'r1' }]);
    expect((await page.export()).files[0]?.bytes).toBe(bytes);
    expect(sent).toEqual([
      { type: 'forget', id: 0, run: 'r1' },
      { type: 'export', id: 1 },
    ]);
  });

  it('is refused where nobody knows it, where it has no number, and where an argument is missing or out of range', () => {
    const evaluate = { type: 'evaluate', id: 1, network: { kind: 'clip' }, samples: 100, seed: 1 };
    expect(parseCommand(evaluate)).toEqual(evaluate);
    for (const message of [
      { type: 'dance', id: 1 },
      { type: 'toString', id: 1 },
      { type: 'pause' },
      { type: 'forget', id: 1 },
      { ...evaluate, samples: 1 },
      null,
    ])
      expect(() => parseCommand(message), JSON.stringify(message)).toThrow();
  });

  it('is answered over the port by its number, with the buffers of the answer handed over', async () => {
    const bytes = new Uint8Array([1, 2]).buffer;
    const posted: { message: unknown; transfer: unknown[] }[] = [];
    const target = { postMessage: (message: unknown, transfer: unknown[]) => void posted.push({ message, transfer }) };
    const answering = { handle: async () => ({ files: [{ name: 'a', bytes }] }) };
    await serveMessage(answering, target, { type: 'export', id: 4 });
    const refusing = {
      handle: () => Promise.reject(new StudioError({ code: 'protocol', what: 'No.', why: '', action: '' })),
    };
    await serveMessage(refusing, target, { type: 'pause', id: 5 });
    await serveMessage(answering, target, { type: 'dance', id: 6 });
    expect(posted[0]).toMatchObject({ message: { type: 'reply', id: 4, error: null }, transfer: [bytes] });
    expect(posted[1]).toMatchObject({ message: { type: 'reply', id: 5, error: { what: 'No.' } }, transfer: [] });
    expect(posted[2]).toMatchObject({ message: { type: 'reply', id: 6, error: { code: 'protocol' } } });
  });
});
