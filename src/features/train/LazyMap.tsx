/** The map's code and its computation come when somebody unfolds it. */
import { lazy, Suspense, useState } from 'react';
import type { ClusterCard } from '../../shared/domain';
import { Disclosure } from '../../ui/Disclosure';

const ClusterMapView = lazy(() => import('./ClusterMapView').then((module) => ({ default: module.ClusterMapView })));

export function LazyMap({ clusters }: { clusters: readonly ClusterCard[] }) {
  const [open, setOpen] = useState(false);
  return (
    <Disclosure summary="Map of your pictures" className="mb-3" open={open} onToggle={setOpen}>
      <div className="-ms-6">
        {open && (
          <Suspense fallback={<p className="text-sm text-muted">Loading …</p>}>
            <ClusterMapView clusters={clusters} />
          </Suspense>
        )}
      </div>
    </Disclosure>
  );
}
