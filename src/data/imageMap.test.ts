import { describe, expect, it } from 'vitest';
import { imageIndex, itemIndex } from '../shared/indices';
import { fileOfImage, fileOfItem, filesOfItems, itemOfImage, itemsOfImages } from './imageMap';
import { interpretFolder } from './interpret';

/** Five files, three of them pictures, of which the second could not be decoded. */
const files = ['notes.txt', 'set/cat/1.png', 'set/cat/2.png', 'set/read.me', 'set/dog/3.png'];
const { items } = interpretFolder(files);
const decoded = Uint32Array.of(0, 2);

describe('the way from image to file', () => {
  it('leaves out what was not decoded, and what is no picture', () => {
    expect([0, 1].map((i) => itemOfImage(decoded, imageIndex(i)))).toEqual([0, 2]);
    expect([0, 1].map((i) => fileOfImage(files, items, decoded, imageIndex(i)))).toEqual([
      'set/cat/1.png',
      'set/dog/3.png',
    ]);
    expect(fileOfItem(files, items, itemIndex(1))).toBe('set/cat/2.png');
    expect(itemsOfImages(items, decoded).map(({ label }) => label)).toEqual([0, 1]);
    expect(filesOfItems(files, items).map(({ item, file }) => [file, item.label])).toEqual([
      ['set/cat/1.png', 0],
      ['set/cat/2.png', 0],
      ['set/dog/3.png', 1],
    ]);
  });

  it('takes items for images before an import has told', () => {
    expect(fileOfImage(files, items, null, imageIndex(1))).toBe('set/cat/2.png');
  });

  it('ends nowhere where there is no such image or item', () => {
    expect(itemOfImage(decoded, imageIndex(2))).toBeUndefined();
    expect(fileOfImage(files, items, decoded, imageIndex(2))).toBeUndefined();
    expect(fileOfItem(files, items, itemIndex(3))).toBeUndefined();
  });

  it('refuses lists that do not belong together, instead of shifting what comes behind', () => {
    expect(() => itemsOfImages(items, Uint32Array.of(0, 3))).toThrow(RangeError);
    expect(() => filesOfItems(files.slice(0, 2), items)).toThrow(RangeError);
  });
});
