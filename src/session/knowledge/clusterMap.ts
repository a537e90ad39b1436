/** A map of what the run knows: pictures, prompts and samples in one plane, for a person to look at. */
import { featurePlane, laidInto, withoutGap } from '../../lcp/partition/featureMap';
import { imageCentroids } from '../../lcp/partition/imageCentroids';
import { CounterRandom } from '../../shared/rng';
import { streams } from '../../lcp/training/streams';
import { toBytes } from '../evaluation/evaluateDraw';
import { clipAsNetwork } from '../evaluation/evaluateNetworks';
import type { DrawingSource } from '../playground/playground';
import type { ClusterMap } from './clusterMapTypes';
import type { Knowledge } from './knowledge';

const dimensions = 12;
const samplesPerSlot = 3;

/** @param source null while there are no networks */
export async function clusterMap(
  { features, partition, conditions, inference, prompts, promptFeatures, promptPast = [] }: Knowledge,
  d: number,
  source: DrawingSource | null,
): Promise<ClusterMap> {
  const plane = featurePlane(features, d, Math.min(dimensions, d));
  const { slots, slotsOfClass } = partition;
  const u = conditions.u;
  const heaviest = new Int32Array(u.count).fill(-1);
  for (let image = 0; image < u.count; image += 1) {
    let most = 0;
    u.forRow(image, (slot, mass) => {
      if (mass <= most) return;
      most = mass;
      heaviest[image] = slot;
    });
  }
  const centres = imageCentroids({ features, d, u, trust: inference.trust, slotsOfClass });
  const drawn = source ? await sampleFeatures(source, slots.length) : new Float32Array();
  const texts = (rows: Float32Array): Float32Array => laidInto(plane, withoutGap(rows, promptFeatures, centres, d));
  return {
    dimensions: plane.axes.length / d,
    pictures: laidInto(plane, features),
    slots: heaviest,
    prompts: prompts && texts(promptFeatures),
    past: promptPast.map((moment) => ({ iteration: moment.iteration, prompts: texts(moment.features) })),
    samples: laidInto(plane, drawn),
    sampleSlots: Int32Array.from({ length: drawn.length / d }, (_, i) => Math.floor(i / samplesPerSlot)),
  };
}

/** Unit rows, a few a slot in their order. */
async function sampleFeatures({ facts, drawing, reals }: DrawingSource, slotCount: number): Promise<Float32Array> {
  if (!reals) return new Float32Array();
  const count = slotCount * samplesPerSlot;
  const random = new CounterRandom(facts.config.seed, streams.sampleLatents, 1);
  const z = Float32Array.from({ length: count * facts.latent }, () => random.normal());
  const u = new Float32Array(count * slotCount);
  for (let i = 0; i < count; i += 1) u[i * slotCount + Math.floor(i / samplesPerSlot)] = 1;
  const pixels = await drawing((pictures) => pictures(z, u));
  const network = clipAsNetwork(...reals.clip);
  const { dim } = network.identity;
  const rows = Float32Array.from(await network.features(toBytes(pixels), facts.resolution));
  for (let row = 0; row < count; row += 1) {
    const own = rows.subarray(row * dim, (row + 1) * dim);
    const length = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0)) || 1;
    own.forEach((value, j) => (own[j] = value / length));
  }
  return rows;
}
