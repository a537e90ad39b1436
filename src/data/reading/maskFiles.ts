/**
 * Masks that lie among the pictures that they belong to: "benign (1)_mask.png" beside "benign (1).png", "mask.png" beside
 * "image.png".
 */
import { isMaskName, isWrapperName } from './folderNames';

const suffix = /^(.+?)[ _.-]+(?:mask|masks|seg|segmentation|trimap|groundtruth|ground_truth)(?:[ _.-]?\d{1,3})?$/i;
const stemOf = (name: string): string => name.replace(/\.[^.]*$/, '').toLowerCase();

/** @param pictures folder and file name of each. @returns positions of those that are masks */
export function maskFiles(pictures: readonly { folder: string; name: string }[]): Set<number> {
  const stems = new Set(pictures.map(({ folder, name }) => `${folder}/${stemOf(name)}`));
  const hasImage = new Set(pictures.flatMap(({ folder, name }) => (isWrapperName(stemOf(name)) ? [folder] : [])));
  const found = new Set<number>();
  pictures.forEach(({ folder, name }, at) => {
    const stem = stemOf(name);
    const base = suffix.exec(stem)?.[1];
    if (base !== undefined ? stems.has(`${folder}/${base}`) : isMaskName(stem) && hasImage.has(folder)) found.add(at);
  });
  return found;
}
