import { describe, expect, it } from 'vitest';
import { untilAborted } from './untilAborted';

const never = new Promise<never>(() => undefined);

describe('work that is waited for until a signal', () => {
  it('is what it comes to, with a signal and without', async () => {
    const { signal } = new AbortController();
    await expect(untilAborted(Promise.resolve(3), signal)).resolves.toBe(3);
    await expect(untilAborted(Promise.resolve(4), undefined)).resolves.toBe(4);
    await expect(untilAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  });

  it('is given up with the reason of the signal, also of one that was aborted before', async () => {
    const ending = new AbortController();
    const waiting = untilAborted(never, ending.signal);
    ending.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    await expect(untilAborted(never, ending.signal)).rejects.toThrow('cancelled');
  });
});
