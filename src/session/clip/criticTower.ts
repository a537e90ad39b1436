/**
 * CLIP's image tower as the critic of a run sees it: from 64 px on with the tokens after some of its blocks
 * (docs/method.md, section 4).
 */
import { tidy, zeros, type Rank, type Tensor4D } from '../../gpu/tensor';
import { tokenBlocks, tokenHeadResolution, type ClipBranch, type TokenTower } from '../../lcp/training/clipBranch';
import type { RunConfig } from '../../shared/config';
import type { Critic } from './critic';

export function criticTower({ image, model }: Critic, config: RunConfig): ClipBranch {
  const tokens = config.resolution >= tokenHeadResolution && config.clipHead.weight > 0 ? tokenTower(image) : null;
  return { encode: (pixels) => image.encode(pixels), imageSize: model.imageSize, dim: model.dim, tokens };
}

/** Null for a tower in which no transformer blocks were recognised: its critic judges by the embedding alone. */
function tokenTower(image: Critic['image']): TokenTower | null {
  const blocks = tokenBlocks(image.blocks);
  if (blocks.length === 0) return null;
  const encode: TokenTower['encode'] = (pixels) => image.encodeWithTokens(pixels, blocks);
  // One blank picture tells the sizes.
  let width = 0;
  let grid: readonly [number, number] = [0, 0];
  tidy(() => {
    const blank = zeros<Rank.R4>([1, image.imageSize, image.imageSize, 3]) as Tensor4D;
    const seen = image.encodeWithTokens(blank, blocks);
    width = seen.tokens[0]?.shape[2] ?? 0;
    grid = seen.grid;
  });
  return { blocks, width, grid, encode };
}
