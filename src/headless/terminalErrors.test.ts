import { expect, it } from 'vitest';
import type { ErrorInfo } from '../shared/errors';
import { forTerminal } from './terminalErrors';

const info: ErrorInfo = {
  code: 'adapter-missing',
  what: 'No GPU.',
  why: 'The browser gave none.',
  action: 'Mend it in the browser’s settings.',
};

it.each([
  ['linux', undefined, 'mesa-vulkan-drivers'],
  ['linux', '/x/driver.json', '/x/driver.json'],
  ['win32', undefined, 'graphics driver'],
])('says what to do on %s with driver %s, and not in a browser', (platform, driver, words) => {
  const told = JSON.stringify(forTerminal(info, { platform, driver }));
  expect(told).toContain(words);
  expect(told).not.toContain('browser');
});

it('leaves other failures as they are', () => {
  const other: ErrorInfo = { ...info, code: 'format' };
  expect(forTerminal(other)).toBe(other);
});
