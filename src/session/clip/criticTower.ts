/**
 * What the CLIP head of a run looks through: the critic's image tower, and the tower whose maps more heads look at
 * (docs/method.md, section 4).
 */
import type { ClipBranch, TokenTower } from '../../lcp/training/clipBranch';
import type { RunConfig } from '../../shared/config';
import type { Critic } from './critic';

/** Resolution from which heads look into a transformer. Into convolutions they look at every resolution. */
const transformerFrom = 64;

/** A tower and the blocks of it that heads look at, counted from 1. */
export interface TokenSource {
  tower: Critic;
  blocks: readonly number[];
}

/** Where a run's token heads look; null without them. @param eyes the CLIP that looks at the pictures */
export function tokenSource(critic: Critic, eyes: Critic, { resolution, clipHead }: RunConfig): TokenSource | null {
  const { weight, tokenHeads } = clipHead;
  if (weight === 0 || tokenHeads === 'none') return null;
  const tower = tokenHeads === 'eyes' ? eyes : critic;
  const { convolutional, watched } = tower.image;
  // Runs from before this could be chosen looked into transformers only.
  const looks = convolutional ? tokenHeads === 'eyes' : resolution >= transformerFrom;
  return looks && watched.length > 0 ? { tower, blocks: watched.map(({ block }) => block) } : null;
}

export function criticTower(critic: Critic, eyes: Critic, config: RunConfig): ClipBranch {
  const { image, model } = critic;
  const source = tokenSource(critic, eyes, config);
  return {
    encode: (pixels) => image.encode(pixels),
    imageSize: model.imageSize,
    dim: model.dim,
    tokens: source && tokenTower(source, critic),
  };
}

function tokenTower({ tower: { image, model }, blocks }: TokenSource, critic: Critic): TokenTower {
  const widths = image.watched.map(({ width }) => width);
  return image === critic.image
    ? { of: 'critic', widths, encode: (pixels) => image.encodeWithTokens(pixels, blocks) }
    : { of: 'another', widths, imageSize: model.imageSize, encode: (pixels) => image.encodeTokens(pixels, blocks) };
}
