import { expect, test } from 'vitest';
import { spanOf } from './useCurves';

test('a stretch is all of the run, its last share, or what was drawn', () => {
  const history = { span: { from: 100, to: 1100 } };
  expect(spanOf({ kind: 'all' }, history)).toBeNull();
  expect(spanOf({ kind: 'last', share: 0.1 }, history)).toEqual({ from: 1000, to: 1100 });
  expect(spanOf({ kind: 'fixed', from: 300, to: 400 }, history)).toEqual({ from: 300, to: 400 });
  expect(spanOf({ kind: 'last', share: 0.1 }, { span: null })).toBeNull();
});
