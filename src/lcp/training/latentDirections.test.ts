import { expect, it } from 'vitest';
import { latentDirections, strongestDirections } from './latentDirections';

it('finds the directions along which pictures change most, strongest first', async () => {
  const latent = 4;
  const side = 8;
  // Coordinate 2 sets the red of all pixels, coordinate 0 the green at a third of the strength; the others do nothing.
  const pictures = async (z: Float32Array): Promise<Float32Array> => {
    const out = new Float32Array((z.length / latent) * side * side * 3);
    for (let i = 0; i < out.length; i += 1) {
      const row = Math.floor(i / (side * side * 3)) * latent;
      out[i] = i % 3 === 0 ? (z[row + 2] ?? 0) : i % 3 === 1 ? (z[row] ?? 0) / 3 : 0;
    }
    return out;
  };
  const u = Float32Array.of(1);
  const found = await latentDirections({ pictures, latent, resolution: side, u, count: 2, seed: 1 });
  const expected = [0, 0, 1, 0, 1, 0, 0, 0];
  found.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? 0, 4));
});

it('gives no more directions than there are', () => {
  expect(strongestDirections(Float64Array.of(2, 0, 0, 1), 2, 6, 1)).toHaveLength(4);
});
