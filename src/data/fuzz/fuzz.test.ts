/** A little of each target with fixed seeds, and every input that was once found to break one. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { found } from './found';
import { mutations } from './mutate';
import { targets } from './targets';

describe.each(Object.entries(targets))('%s', (name, { seeds, check }) => {
  it('takes what is sound, and stands what is not', async () => {
    const sound = await seeds();
    for (const bytes of sound) await check(bytes);
    const property = fc.asyncProperty(mutations(sound), async (bytes) => void (await check(bytes)));
    await fc.assert(property, { numRuns: 60, seed: 7 });
  });

  it('stands what once broke it', async () => {
    for (const text of found[name] ?? []) await check(Uint8Array.from(Buffer.from(text, 'base64')));
  });
});
