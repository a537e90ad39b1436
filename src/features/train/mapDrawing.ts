/** What lies where on the cluster map, at which moment, and how it is drawn. */
import type { ClusterMap } from '../../session/knowledge/clusterMapTypes';
import type { ClusterCard } from '../../shared/domain';
import { classColor } from '../../ui/classColor';
import { dotRadius, placed, type Point } from './mapPoints';

export const side = 560;
const margin = 16;
export interface Layout {
  pictures: Point[];
  prompts: Point[];
  samples: Point[];
  /** Prompts as they were, moment after moment of `map.past`. */
  past: Point[][];
}

/** What is laid into the plane of the pictures. */
export function othersOf({ prompts, samples, past }: ClusterMap): Float32Array[] {
  return [prompts ?? new Float32Array(), samples, ...past.map((moment) => moment.prompts)];
}

/** @param rows pictures, prompts, samples, and prompts of each moment */
export function layoutFrom(rows: Float32Array[], width: number): Layout {
  const [pictures = [], prompts = [], samples = [], ...past] = placed(rows, width, side, margin);
  return { pictures, prompts, samples, past };
}

export function layoutOf(map: ClusterMap): Layout {
  const { dimensions, pictures } = map;
  return layoutFrom([pictures, ...othersOf(map)], dimensions);
}

/** The place in `past` of the prompts that a moment of the run had. */
export function momentOf({ past }: Pick<ClusterMap, 'past'>, moment: number): number {
  return Math.max(
    0,
    past.findLastIndex(({ iteration }) => iteration <= moment),
  );
}

export interface Drawing {
  layout: Layout;
  map: ClusterMap;
  /** The cards of now, which pictures and samples are colored by. */
  clusters: readonly ClusterCard[];
  /** The cards of the moment that is looked back at, and its place in `map.past`; null for now. */
  then: { clusters: readonly ClusterCard[]; at: number } | null;
  chosen: ReadonlySet<number>;
  /** Of each moment of `map.past`, whether its prompts are of the clusters that are shown, one by one. */
  alike: readonly boolean[];
  lasso: readonly Point[];
}

function diamond(context: CanvasRenderingContext2D, { x, y }: Point, radius: number): void {
  context.beginPath();
  context.moveTo(x, y - radius);
  context.lineTo(x + radius, y);
  context.lineTo(x, y + radius);
  context.lineTo(x - radius, y);
  context.closePath();
}

/** @param width of the canvas in CSS pixels: marks are as large on a phone as elsewhere */
export function drawMap(
  canvas: HTMLCanvasElement,
  width: number,
  { layout, map, clusters, then, chosen, alike, lasso }: Drawing,
): void {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = canvas.width;
  const unit = side / width;
  const context = canvas.getContext('2d');
  if (!context) return;
  const ink = getComputedStyle(canvas).color;
  context.scale(canvas.width / side, canvas.width / side);
  const color = (slot: number): string => classColor(clusters[slot]?.classIndex ?? 0);
  const radius = dotRadius(layout.pictures.length) * unit;
  layout.pictures.forEach(({ x, y }, image) => {
    const slot = map.slots[image] ?? -1;
    context.globalAlpha = chosen.size === 0 || chosen.has(image) ? 0.75 : 0.15;
    context.fillStyle = slot < 0 ? ink : color(slot);
    context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
  });
  context.globalAlpha = 1;
  const shown = then === null ? layout.prompts : (layout.past[then.at] ?? []);
  const before = layout.past.slice(0, then === null ? layout.past.length : then.at + 1);
  // Samples are those of now.
  if (then === null)
    layout.samples.forEach(({ x, y }, i) => {
      context.strokeStyle = color(map.sampleSlots[i] ?? 0);
      context.lineWidth = 1.5 * unit;
      context.beginPath();
      context.arc(x, y, 4 * unit, 0, 7);
      context.stroke();
    });
  const promptColor = (slot: number): string => classColor((then?.clusters ?? clusters)[slot]?.classIndex ?? 0);
  shown.forEach((point, slot) => {
    context.beginPath();
    before.forEach((moment, i) => {
      const from = moment.length === shown.length && alike[i] === true ? moment[slot] : undefined;
      if (from) context.lineTo(from.x, from.y);
    });
    context.lineTo(point.x, point.y);
    context.strokeStyle = promptColor(slot);
    context.lineWidth = unit;
    context.stroke();
    diamond(context, point, 7 * unit);
    context.fillStyle = promptColor(slot);
    context.strokeStyle = ink;
    context.lineWidth = 1.5 * unit;
    context.fill();
    context.stroke();
  });
  if (lasso.length < 2) return;
  context.strokeStyle = ink;
  context.lineWidth = 1.5 * unit;
  context.setLineDash([4 * unit, 4 * unit]);
  context.beginPath();
  for (const { x, y } of lasso) context.lineTo(x, y);
  context.closePath();
  context.stroke();
}
