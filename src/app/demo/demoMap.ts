/** A map for the demonstration: a heap for each cluster, in no relation to any picture. */
import type { ClusterMap } from '../../session/knowledge/clusterMapTypes';
import type { Slot } from '../../shared/domain';
import { CounterRandom } from '../../shared/rng';

export function demoMap(pictures: number, slots: readonly Slot[]): ClusterMap {
  const random = new CounterRandom(1, 81);
  const count = Math.max(1, slots.length);
  const near = (slot: number, spread: number): number[] => [
    Math.cos((slot * 2.4) % 6.28) * (1 + (slot % 3)) + spread * random.normal(),
    Math.sin((slot * 2.4) % 6.28) * (1 + (slot % 3)) + spread * random.normal(),
    random.normal() / 9,
  ];
  const points = (n: number, spread: number): Float32Array =>
    Float32Array.from(Array.from({ length: n }, (_, i) => near(i % count, spread)).flat());
  return {
    dimensions: 3,
    pictures: points(pictures, 0.25),
    slots: Int32Array.from({ length: pictures }, (_, i) => i % count),
    prompts: points(count, 0.1),
    past: [0, 40, 80].map((iteration, i) => ({ iteration, prompts: points(count, 0.5 - 0.2 * i) })),
    samples: points(2 * count, 0.3),
    sampleSlots: Int32Array.from({ length: 2 * count }, (_, i) => i % count),
  };
}
