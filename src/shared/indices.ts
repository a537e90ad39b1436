/**
 * Positions that look alike and mean different lists. Each type is a plain number at run time; the compiler keeps one
 * from being taken for another. They are used where two of them meet: on the seam between page and trainer, and on the
 * way from an image to its file (data/imageMap.ts). Loops inside one list need none.
 */

declare const list: unique symbol;
type Index<List extends string> = number & { readonly [list]: List };

/** Position among the images of the data set: the pictures that could be decoded. */
export type ImageIndex = Index<'images'>;
/** Position among the pictures that a folder was read as, before anything is decoded. */
export type ItemIndex = Index<'items'>;
/** Position among all files of a drop, pictures or not. */
export type FileIndex = Index<'files'>;
/** Position in the list of all clusters of all classes, in class order (docs/method.md, Notation). */
export type SlotIndex = Index<'slots'>;

export const imageIndex = (position: number): ImageIndex => position as ImageIndex;
export const itemIndex = (position: number): ItemIndex => position as ItemIndex;
export const fileIndex = (position: number): FileIndex => position as FileIndex;
export const slotIndex = (position: number): SlotIndex => position as SlotIndex;
