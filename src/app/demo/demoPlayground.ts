/** A generator for the demonstration: colours by z and u, which are in no relation to any picture. */
import type { SessionCommands } from '../../session/protocol/commands';
import type { GeneratorFacts } from '../../session/playground/drawn';
import { presets } from '../../shared/config';
import { imageIndex } from '../../shared/indices';

const size = 32;
const latent = 8;
const slots = [0, 1, 2, 3].map((slot) => ({ slot, classIndex: Math.floor(slot / 2), cluster: slot % 2 }));

function facts(hasReals: boolean): GeneratorFacts {
  return {
    config: presets.stylegan2,
    classes: ['animal', 'food'],
    slots,
    latent,
    resolution: size,
    kimg: 38,
    hasReals,
  };
}

export function demoPlayground(): Pick<SessionCommands, 'openCheckpoint' | 'generator' | 'draw' | 'directions'> {
  return {
    openCheckpoint: async () => facts(false),
    generator: async () => facts(true),
    directions: async () =>
      Float32Array.from({ length: 6 * latent }, (_, i) => Number(i % latent === Math.floor(i / latent))),
    draw: async ({ z, u, nearest, mixed }) => {
      const count = z.length / latent;
      const own = mixed?.u ?? u;
      const rgba = new Uint8ClampedArray(count * size * size * 4).fill(255);
      for (let i = 0; i < rgba.length / 4; i += 1) {
        const row = Math.floor(i / (size * size));
        const [x, y] = [(i % size) / size - 0.5, (Math.floor(i / size) % size) / size - 0.5];
        const ring = Math.cos(9 * Math.hypot(x + (z[row * latent] ?? 0) / 6, y + (z[row * latent + 1] ?? 0) / 6));
        rgba[4 * i] = 128 + 90 * ring;
        // Of a mixture, the colour is the second's.
        rgba[4 * i + 1] = 128 + 40 * ((mixed?.z ?? z)[row * latent + 2] ?? 0);
        rgba[4 * i + 2] = 60 + 180 * ((own[row * slots.length + 2] ?? 0) + (own[row * slots.length + 3] ?? 0));
      }
      const found = Array.from({ length: count }, (_, i) => ({ image: imageIndex(7 * i), cosine: 0.8 - i / 50 }));
      return { rgba: rgba.buffer, size, nearest: nearest ? found : null };
    },
  };
}
