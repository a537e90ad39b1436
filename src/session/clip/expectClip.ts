/**
 * What is known of a CLIP before it is loaded: the size of its input, and which pictures it has seen. While a data set
 * is opened the CLIP is only being chosen; what is expected here saves a second decoding where it stays with that
 * choice, and changes nothing where it does not.
 */
import { loadManifest } from '../../clip/load';
import { imageTowerFile } from '../../clip/manifest';
import { ClipPictures } from '../../data/clipPictures';
import { hashesWithFeatures } from '../../data/featureCache';
import { white, type Matte } from '../../shared/matte';
import type { ClipPort, StorePort } from '../ports';
import type { ClipSource } from '../protocol/commands';
import { recipeOf } from './featureRecipe';

/**
 * Room for the pictures that this CLIP will want to see beside those of `resolution`. Null where there are none: the
 * size cannot be told without loading the CLIP (a person's own files), or is the training size itself.
 */
export async function expectClip(
  { clipIo, store }: ClipPort & StorePort,
  source: ClipSource | undefined,
  resolution: number,
  matte: Matte = white,
): Promise<ClipPictures | null> {
  if (source?.kind !== 'manifest') return null;
  const manifest = await loadManifest(clipIo).catch(() => null);
  const entry = manifest?.entries.find(({ id }) => id === source.id);
  const tower = entry && imageTowerFile(entry);
  if (!entry || !tower || entry.preprocessing.imageSize === resolution) return null;
  const recipe = recipeOf({ id: entry.id, ...entry.preprocessing }, matte);
  return new ClipPictures(
    entry.preprocessing.imageSize,
    await hashesWithFeatures(store, { clip: tower.sha256, recipe }),
  );
}
