/**
 * The idea in one figure: pictures as dots, a few of them labeled (filled), grouped softly into clusters inside two
 * classes. Drawn from a fixed sequence, so that it looks the same each time.
 */
import { classColor } from '../../ui/classColor';

interface Dot {
  x: number;
  y: number;
  r: number;
  classIndex: number;
  labeled: boolean;
}

const clusters = [
  { x: 76, y: 62, rx: 60, ry: 42, tilt: -18, classIndex: 0 },
  { x: 156, y: 108, rx: 52, ry: 38, tilt: 24, classIndex: 0 },
  { x: 66, y: 152, rx: 50, ry: 38, tilt: 12, classIndex: 0 },
  { x: 282, y: 58, rx: 60, ry: 40, tilt: 14, classIndex: 1 },
  { x: 356, y: 126, rx: 50, ry: 42, tilt: -20, classIndex: 1 },
  { x: 262, y: 156, rx: 46, ry: 34, tilt: -6, classIndex: 1 },
];

/** Two quasi-random numbers in [0, 1) for the n-th dot: even but without a pattern. */
const spot = (n: number): [number, number] => [(0.5 + n * 0.7548776662) % 1, (0.5 + n * 0.569840296) % 1];

const dots: Dot[] = clusters.flatMap((cluster, c) =>
  Array.from({ length: 20 }, (_, i): Dot => {
    const [u, v] = spot(i + 31 * c);
    const radius = Math.sqrt(u) * 0.8;
    const angle = v * 2 * Math.PI;
    const tilt = (cluster.tilt * Math.PI) / 180;
    const [dx, dy] = [radius * Math.cos(angle) * cluster.rx, radius * Math.sin(angle) * cluster.ry];
    return {
      x: cluster.x + dx * Math.cos(tilt) - dy * Math.sin(tilt),
      y: cluster.y + dx * Math.sin(tilt) + dy * Math.cos(tilt),
      r: 3.2,
      classIndex: cluster.classIndex,
      labeled: i % 5 === 0,
    };
  }),
);

export function IdeaFigure() {
  return (
    <figure className="min-w-0">
      <svg
        viewBox="8 8 408 190"
        className="w-full"
        role="img"
        aria-label="Dots in two colours, a fifth of them filled, in six overlapping groups: three for each colour."
      >
        <defs>
          {[0, 1].map((index) => (
            <radialGradient key={index} id={`haze-${index}`}>
              <stop offset="0.35" stopColor={classColor(index)} stopOpacity="0.24" />
              <stop offset="1" stopColor={classColor(index)} stopOpacity="0.05" />
            </radialGradient>
          ))}
        </defs>
        {clusters.map((cluster) => (
          <ellipse
            key={`${cluster.x}-${cluster.y}`}
            cx={cluster.x}
            cy={cluster.y}
            rx={cluster.rx}
            ry={cluster.ry}
            transform={`rotate(${cluster.tilt} ${cluster.x} ${cluster.y})`}
            fill={`url(#haze-${cluster.classIndex})`}
          />
        ))}
        {dots.map((dot) => (
          <circle
            key={`${dot.x}-${dot.y}`}
            cx={dot.x}
            cy={dot.y}
            r={dot.r}
            fill={dot.labeled ? classColor(dot.classIndex) : 'var(--surface)'}
            stroke={classColor(dot.classIndex)}
            strokeWidth="1.4"
          />
        ))}
      </svg>
      <figcaption className="mt-2 text-sm text-muted">
        Each dot is a picture. A few have a label (filled); labels for the rest (open) are inferred. Pictures of one
        class that look alike form a <strong className="font-semibold text-ink">cluster</strong>, such as sitting dogs
        and running dogs. For each cluster the studio learns a{' '}
        <strong className="font-semibold text-ink">prompt</strong>, a description in made-up words, and you can ask the
        generator for any of them.
      </figcaption>
    </figure>
  );
}
