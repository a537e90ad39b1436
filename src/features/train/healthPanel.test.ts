import { expect, test } from 'vitest';
import { healthSummary } from './HealthPanel';

test('one line sums the checks up', () => {
  expect(healthSummary(['unknown', 'unknown'])).toBe('Nothing can be judged yet.');
  expect(healthSummary(['fine', 'unknown'])).toBe('All is well as far as it can be judged.');
  expect(healthSummary(['fine', 'fine'])).toBe('All is well.');
  expect(healthSummary(['fine', 'watch', 'watch'])).toBe('2 to watch, nothing that calls for action.');
  expect(healthSummary(['act', 'fine'])).toBe('1 check calls for action.');
  expect(healthSummary(['act', 'act', 'watch'])).toBe('2 checks call for action, 1 to watch.');
});
