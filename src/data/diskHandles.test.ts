import { expect, it } from 'vitest';
import { handlesOf } from './diskHandles';
import type { DropSource } from './readDrop';

/** A drop of so many loose files. @returns also how often a handle was asked for */
function drop(count: number): { source: DropSource; asked: () => number } {
  let asked = 0;
  const item = (name: string) => ({
    kind: 'file',
    getAsFileSystemHandle: () => {
      asked += 1;
      return Promise.resolve({ kind: 'file', name });
    },
  });
  const items = Array.from({ length: count }, (_, i) => item(`${i}.png`));
  return { source: items as unknown as DataTransferItemList, asked: () => asked };
}

it('keeps hold of what was dropped, and asks for no handles of thousands of loose files', async () => {
  const few = drop(3);
  expect((await handlesOf(few.source))?.map(({ name }) => name)).toEqual(['0.png', '1.png', '2.png']);
  const many = drop(5000);
  expect(await handlesOf(many.source)).toBeNull();
  expect(many.asked()).toBe(0);
});
