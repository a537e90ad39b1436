import { expect, it } from 'vitest';
import { formatKimg } from './kimg';

it.each([
  [0, '0 kimg'],
  [0.004, '0.004 kimg'],
  [0.04, '0.04 kimg'],
  [0.0721, '0.07 kimg'],
  [1.52, '1.5 kimg'],
  [4, '4 kimg'],
  [1200.4, '1,200 kimg'],
])('length %s is %s', (kimg, text) => expect(formatKimg(kimg)).toBe(text));
