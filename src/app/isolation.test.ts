import { expect, it } from 'vitest';
import { isolateOnce, type IsolationPage } from './isolation';

/** A tab that may be loaded again and again. */
function tab(changes: Partial<IsolationPage> = {}): {
  load: () => Promise<boolean>;
  reloads: () => number;
  registered: () => number;
} {
  const notes = new Map<string, string>();
  const counts = { reloads: 0, registered: 0 };
  const page: IsolationPage = {
    isolated: false,
    secure: true,
    framed: false,
    register: () => Promise.resolve(void (counts.registered += 1)),
    storage: () => ({ getItem: (key) => notes.get(key) ?? null, setItem: (key, value) => void notes.set(key, value) }),
    mayReload: () => true,
    reload: () => void (counts.reloads += 1),
    ...changes,
  };
  return { load: () => isolateOnce(page), reloads: () => counts.reloads, registered: () => counts.registered };
}

it('reloads once, and never again in the same tab, even if it did not help', async () => {
  const { load, reloads, registered } = tab();
  expect(await load()).toBe(true);
  for (let i = 0; i < 3; i++) expect(await load()).toBe(false);
  expect([reloads(), registered()]).toEqual([1, 1]);
});

it('leaves alone a page that is isolated, insecure, framed or without service workers', async () => {
  for (const change of [{ isolated: true }, { secure: false }, { framed: true }, { register: null }]) {
    const { load, reloads, registered } = tab(change);
    expect(await load()).toBe(false);
    expect([reloads(), registered()]).toEqual([0, 0]);
  }
});

it('does not reload where it is refused, cannot take a note, or something was opened meanwhile', async () => {
  const denied = (): never => {
    throw new DOMException('denied', 'SecurityError');
  };
  const forgetful = { getItem: () => null, setItem: () => undefined };
  for (const change of [
    { register: () => Promise.reject(new Error('refused')) },
    { storage: denied },
    { storage: () => forgetful },
    { mayReload: () => false },
  ]) {
    const { load, reloads } = tab(change);
    expect(await load()).toBe(false);
    expect(reloads()).toBe(0);
  }
});
