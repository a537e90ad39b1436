/**
 * A cluster in numbers: its share of the pictures and of the samples, side by side, and how varied it is. The share of
 * samples comes from those that the health checks look at anyway, and says on how many it rests.
 */
import type { ReactNode } from 'react';
import type { ClusterCard } from '../../shared/domain';
import { useStudioState } from '../../state/studioContext';
import { classColor } from '../../ui/classColor';
import { formatCount, formatShare } from '../../ui/format';
import { shareOfSamples } from './shareOfSamples';

interface RowProps {
  name: string;
  /** In [0, 1], of the longest bar; null draws none. */
  bar: number | null;
  color: string;
  faint?: boolean;
  children: ReactNode;
  explained: string;
}

function Row({ name, bar, color, faint = false, children, explained }: RowProps) {
  return (
    <div className="grid grid-cols-[6rem_minmax(0,1fr)_3rem] items-center gap-2" title={explained}>
      <dt className="text-muted">{name}</dt>
      <dd className="contents">
        <span aria-hidden className="block h-1.5 overflow-hidden rounded-full bg-sunken">
          {bar !== null && (
            <span
              className={`block h-full rounded-full ${faint ? 'opacity-60' : ''}`}
              style={{ width: `${100 * Math.min(1, bar)}%`, background: color }}
            />
          )}
        </span>
        <span className="numeric text-end">{children}</span>
      </dd>
    </div>
  );
}

/** @param largest share of pictures of any cluster: as long as a bar gets */
export function ClusterFigures({ cluster, largest }: { cluster: ClusterCard; largest: number }) {
  const found = useStudioState((state) => state.run.clusterSamples);
  const now = useStudioState((state) => state.run.moment === null);
  const color = classColor(cluster.classIndex);
  const samples = now ? shareOfSamples(cluster, found) : null;
  const longest = Math.max(largest, 1e-9);
  return (
    <div className="grid gap-1 text-xs">
      <dl className="grid gap-1">
        <Row name="Your pictures" bar={cluster.share / longest} color={color} explained="Its share of your pictures">
          {formatShare(cluster.share)}
        </Row>
        <Row
          name="Samples"
          bar={samples?.share === undefined ? null : (samples.share ?? 0) / longest}
          color={color}
          faint
          explained="Its share of what the generator draws"
        >
          {samples === null || samples.share === null ? '–' : formatShare(samples.share)}
        </Row>
        {cluster.spread !== null && (
          <Row
            name="Variety"
            bar={cluster.spread}
            color="var(--color-muted)"
            explained="How different its pictures are from each other: 100% is as different as all your pictures together"
          >
            {formatShare(cluster.spread)}
          </Row>
        )}
      </dl>
      {samples && (
        <p className="text-muted">
          {samples.share === null
            ? `Too rare to say: fewer than ${samples.least} of ${formatCount(samples.of)} samples can be expected here.`
            : `${formatCount(samples.found)} of the last ${formatCount(samples.of)} samples look most like it; ${formatCount(Math.round(samples.expected))} would match your pictures.`}
        </p>
      )}
    </div>
  );
}
