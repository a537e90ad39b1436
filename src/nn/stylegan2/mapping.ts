/**
 * From z and a condition to w (Karras et al. 2019; the condition as Shahbazi et al. 2022 bring it in): h = fc0(norm z) +
 * lambda lrelu(FC(norm e(u))), then the further layers. At lambda = 0 the mapping is unconditional. Public
 * networks have both side by side in the first layer's input instead (`joined`). Truncation goes
 * towards the mean of w under the same condition, since a global mean lies in no cluster.
 */
import { biasAct } from '../../gpu/biasAct/biasAct';
import { matMul } from '../../gpu/matmul/matmul';
import {
  add,
  broadcastTo,
  concat,
  expandDims,
  mean,
  mul,
  reshape,
  sub,
  tile,
  type Tensor,
  type Tensor2D,
} from '../../gpu/tensor';
import { unitRows } from '../../gpu/unitRows/unitRows';
import type { NetworkParameters } from '../networkParameters';
import type { StyleGeneratorShape } from './plan';

export const activated = { activation: 'lrelu', gain: Math.SQRT2 } as const;

/** Rows of mean square 1. */
export function normalizedRows(x: Tensor2D): Tensor2D {
  return unitRows(x, Math.sqrt(x.shape[1]));
}

function layer(weights: NetworkParameters, name: string, x: Tensor2D): Tensor2D {
  return biasAct(matMul(x, weights.get(`${name}.weight`)), weights.get(`${name}.bias`), activated);
}

/**
 * @param weights made by `generatorPlan` for the shape
 * @param z [B, latent], standard normal
 * @param conditions [B, C + S], rows of `classAndSlot`
 * @param lambda weight of the condition, a scalar
 * @returns w, [B, latent]
 */
export function mapLatents(
  { mappingLayers, joined = false }: StyleGeneratorShape,
  weights: NetworkParameters,
  z: Tensor2D,
  conditions: Tensor2D,
  lambda: Tensor | number,
): Tensor2D {
  const embedded = normalizedRows(matMul(conditions, weights.get<Tensor2D>('mapping.embedding.weight')));
  let w = joined
    ? layer(weights, 'mapping.fc0', concat<Tensor2D>([normalizedRows(z), mul(embedded, lambda)], 1))
    : add<Tensor2D>(
        layer(weights, 'mapping.fc0', normalizedRows(z)),
        mul(layer(weights, 'mapping.condition', embedded), lambda),
      );
  for (let i = 1; i < mappingLayers; i++) w = layer(weights, `mapping.fc${i}`, w);
  return w;
}

/**
 * The mean of w under each condition.
 * @param z [N, latent], the draws that the mean is taken over
 * @param conditions [B, C + S]
 * @returns [B, latent]
 */
export function meanLatents(
  shape: StyleGeneratorShape,
  weights: NetworkParameters,
  z: Tensor2D,
  conditions: Tensor2D,
  lambda: Tensor | number,
): Tensor2D {
  const [draws, latent] = z.shape;
  const [count, width] = conditions.shape;
  const repeated = reshape(broadcastTo(expandDims(conditions, 1), [count, draws, width]), [count * draws, width]);
  const w = mapLatents(shape, weights, tile(z, [count, 1]), repeated as Tensor2D, lambda);
  return mean(reshape(w, [count, draws, latent]), 1);
}

/** w moved towards `means`: psi 1 leaves it alone, 0 gives the mean. */
export function truncated(w: Tensor2D, means: Tensor2D, psi: number): Tensor2D {
  return add(means, mul(sub(w, means), psi));
}
