/** Where things lie on the cluster map, and which of them a line around them holds. */

export interface Point {
  x: number;
  y: number;
}

/** The first two numbers of each row, scaled into a square of this side with a margin. */
export function placed(rows: readonly Float32Array[], width: number, side: number, margin: number): Point[][] {
  const all = rows.flatMap((each) =>
    Array.from({ length: each.length / width }, (_, i) => i * width).map(
      (at) => [each[at] ?? 0, each[at + 1] ?? 0] as const,
    ),
  );
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of all) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const scale = (side - 2 * margin) / (Math.max(right - left, bottom - top) || 1);
  const moved = all.map(([x, y]) => ({
    x: side / 2 + (x - (left + right) / 2) * scale,
    y: side / 2 + (y - (top + bottom) / 2) * scale,
  }));
  let from = 0;
  return rows.map((each) => moved.slice(from, (from += each.length / width)));
}

/** Half the side of a picture's dot, in CSS pixels: the fewer there are, the better each is seen. */
export function dotRadius(count: number): number {
  return Math.min(4, Math.max(2, 60 / Math.sqrt(count)));
}

/** Whether a closed line holds a point (by how often a ray to the right crosses it). */
export function isInside(point: Point, line: readonly Point[]): boolean {
  let inside = false;
  line.forEach((a, i) => {
    const b = line[(i + 1) % line.length] ?? a;
    const crosses = a.y > point.y !== b.y > point.y;
    if (crosses && point.x < a.x + ((b.x - a.x) * (point.y - a.y)) / (b.y - a.y)) inside = !inside;
  });
  return inside;
}
