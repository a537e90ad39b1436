/** What the playground is told: whose generator draws, and what it drew. */
import type { RunConfig } from '../../shared/config';
import type { Slot } from '../../shared/domain';
import type { ImageIndex } from '../../shared/indices';

/** What a generator draws, in words and numbers. */
export interface GeneratorFacts {
  config: RunConfig;
  classes: string[];
  slots: Slot[];
  latent: number;
  resolution: number;
  kimg: number;
  /** The nearest real pictures can be found. */
  hasReals: boolean;
}

export interface NearestReal {
  image: ImageIndex;
  /** Of their CLIP features. */
  cosine: number;
}

export interface Drawn {
  /** Tile after tile, size x size RGBA. */
  rgba: ArrayBuffer;
  size: number;
  /** One a picture; null where it was not asked for. */
  nearest: NearestReal[] | null;
}
