import { expect, it } from 'vitest';
import { generatorLoader } from './generatorLoader';

it('gives the Python file in a browser', async () => {
  const text = await generatorLoader();
  expect(text).toMatch(/^#!\/usr\/bin\/env python3\n/);
  expect(text).toMatch(/sys\.exit\(main\(\)\)\n$/);
});
