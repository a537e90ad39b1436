/**
 * The way from an image of the data set to its file, in one place: image -> item (an import leaves out what cannot be
 * decoded) -> file (a folder's reading leaves out what is no picture). All functions give undefined where there is no
 * such image, item or file.
 */
import { itemIndex, type FileIndex, type ImageIndex, type ItemIndex } from '../shared/indices';

/** For each image its item, as an import tells it; null before: an item is then taken for an image. */
export type ItemOfImage = Uint32Array<ArrayBufferLike> | null;

interface Item {
  index: FileIndex;
}

export function itemOfImage(decoded: ItemOfImage, image: ImageIndex): ItemIndex | undefined {
  const item = decoded ? decoded[image] : image;
  return item === undefined ? undefined : itemIndex(item);
}

/** One entry for each image, of a list with one for each item. */
export function itemsOfImages<T>(items: readonly T[], decoded: Uint32Array<ArrayBufferLike>): T[] {
  return Array.from(decoded, (item) => {
    if (item >= items.length) throw new RangeError(`An image is item ${item} of ${items.length}.`);
    return items[item] as T;
  });
}

export function fileOfItem<T>(files: readonly T[], items: readonly Item[], item: ItemIndex): T | undefined {
  const file = items[item]?.index;
  return file === undefined ? undefined : files[file];
}

export function fileOfImage<T>(
  files: readonly T[],
  items: readonly Item[],
  decoded: ItemOfImage,
  image: ImageIndex,
): T | undefined {
  const item = itemOfImage(decoded, image);
  return item === undefined ? undefined : fileOfItem(files, items, item);
}

/** Each item with its file, in the order of the items. Throws `RangeError` where a reading is not of these files. */
export function filesOfItems<T, I extends Item>(files: readonly T[], items: readonly I[]): { item: I; file: T }[] {
  return items.map((item) => {
    if (item.index >= files.length) throw new RangeError(`An item is file ${item.index} of ${files.length}.`);
    return { item, file: files[item.index] as T };
  });
}
