/** One line about the GPU that will do the work. */
import { Cpu } from 'lucide-react';
import { formatBytes } from '../../shared/bytes';
import type { AdapterInfo } from '../../session/protocol/events';
import { useStudioState } from '../../state/studioContext';

function describe(adapter: AdapterInfo): string {
  const name = adapter.description || [adapter.vendor, adapter.architecture].filter(Boolean).join(' ') || 'unnamed GPU';
  const features = [
    adapter.f16 && 'half precision',
    adapter.subgroups && 'subgroups',
    `buffers up to ${formatBytes(adapter.maxBufferBytes)}`,
  ];
  return `${name} (${features.filter(Boolean).join(', ')})`;
}

export function DeviceLine() {
  const adapter = useStudioState((state) => state.adapter);
  return (
    <p className="flex items-start gap-3">
      <Cpu className="mt-0.5 size-4 shrink-0 text-accent" aria-hidden />
      {adapter ? (
        <span>
          <span className="font-semibold">
            {adapter.isFallback ? 'No GPU was found; a software one works in its place, slowly.' : 'Your GPU is ready.'}
          </span>{' '}
          <span className="text-muted">{describe(adapter)}</span>
        </span>
      ) : (
        <span className="text-muted">Looking for your GPU …</span>
      )}
    </p>
  );
}
