/** Lays points into a plane by UMAP, beside everything else: seconds of work for thousands of points. */
import { UMAP } from 'umap-js';
import { CounterRandom } from '../../shared/rng';

export interface UmapRequest {
  dimensions: number;
  /** [n, dimensions] */
  points: Float32Array;
  /** Laid into the plane that the points made, [m, dimensions]. */
  others: Float32Array;
}

export interface UmapReply {
  /** [n + m, 2], points first. */
  plane: Float32Array;
}

const rowsOf = (values: Float32Array, width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, i) => [...values.subarray(i * width, (i + 1) * width)]);

self.addEventListener('message', ({ data }: MessageEvent<UmapRequest>) => {
  const random = new CounterRandom(1, 80);
  const points = rowsOf(data.points, data.dimensions);
  const umap = new UMAP({ nNeighbors: Math.min(15, points.length - 1), random: () => random.uniform() });
  const plane = umap.fit(points);
  const others = data.others.length > 0 ? umap.transform(rowsOf(data.others, data.dimensions)) : [];
  const reply: UmapReply = { plane: Float32Array.from([...plane, ...others].flat()) };
  self.postMessage(reply, { transfer: [reply.plane.buffer] });
});
